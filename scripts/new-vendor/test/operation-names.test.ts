import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { expect, it } from "vitest";
import { operationNames } from "../document/operation-names.ts";

/** The names of operations, given as `METHOD /path` and optionally the vendor's own name. */
function namesOf(operations: readonly (readonly [operation: string, own?: string | undefined])[]): unknown[] {
  const paths: Record<string, JsonObject> = {};
  for (const [operation, own] of operations) {
    const [method = "", path = ""] = operation.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: own === undefined ? {} : { operationId: own } };
  }
  const names = operationNames({ openapi: "3.1.0", paths });
  const byPlace = new Map([...names].map(([{ method, path }, name]) => [`${method} ${path}`, name]));
  return operationsOf({ paths }).map(({ method, path }) => byPlace.get(`${method} ${path}`));
}

it.each<[operation: string, own: string | undefined, name: string]>([
  ["GET /instances", undefined, "listInstances"],
  ["GET /instances/list", undefined, "listInstances"],
  ["GET /instances/{id}", undefined, "getInstance"],
  ["GET /instances/{id}/info", undefined, "getInstance"],
  ["GET /instances/{id}/status", undefined, "getInstanceStatus"],
  ["GET /instances/{id}/volumes", undefined, "listInstanceVolumes"],
  ["GET /v1/gpu-types", undefined, "listGpuTypes"],
  ["GET /account", undefined, "getAccount"],
  ["GET /account/balance", undefined, "getBalance"],
  ["GET /projects/{project}/instances/{id}", undefined, "getInstance"],
  ["GET /servers/{id}", undefined, "getInstance"],
  ["GET /compute/openapi/v1/gpu/products", undefined, "listGpuProducts"],
  ["POST /instances", undefined, "createInstance"],
  ["POST /instances/create", undefined, "createInstance"],
  ["POST /pods/{id}/reboot", undefined, "rebootInstance"],
  ["POST /instances/{id}/terminate", undefined, "terminateInstance"],
  ["POST /instances/{id}/setAutoRenew", undefined, "setInstanceAutoRenew"],
  ["POST /instances/{id}/snapshots", undefined, "createInstanceSnapshot"],
  ["POST /sshkeys/add", undefined, "addSshKey"],
  ["PATCH /volumes/{id}", undefined, "updateVolume"],
  ["PUT /settings", undefined, "setSettings"],
  ["DELETE /ssh_keys/{key_id}", undefined, "deleteSshKey"],
  ["DELETE /volumes", undefined, "deleteVolumes"],
  ["POST /instances/{id}:reboot", undefined, "rebootInstance"],
  ["POST /instances/actions/launch", undefined, "launchInstance"],
  ["POST /instances/{id}/actions/resize", undefined, "resizeInstance"],
  ["GET /kubernetes-clusters", undefined, "listKubernetesClusters"],
  ["POST /kubernetes", undefined, "createKubernetes"],
  ["DELETE /caches/{id}", undefined, "deleteCache"],
  ["GET /", undefined, "getRoot"],
  ["GET /{id}", undefined, "getRoot"],
  ["POST /2fa", undefined, "createApi2fa"],
  ["POST /2.0/pulls/{id}/merge", "mergePullRequest", "createPullMerge"],
  ["GET /2010-04-01/calls", undefined, "listCalls"],
  ["GET /v1.1/calls", undefined, "listCalls"],
  ["GET /v1/instances/", "list_instances_v1_instances__get", "listInstances"],
  ["POST /a/b", "launch", "createAB"],
  ["POST /a/b", "rentMachine", "createAB"],
  ["POST /a/b", "create_big_machine", "createBigMachine"],
  ["POST /a/b", "createBigMachine", "createBigMachine"],
  ["GET /a/b", "readThings", "getAB"],
])("%s, named %s by the vendor, becomes %s", (operation, own, name) => {
  expect(namesOf([[operation, own]])).toEqual([name]);
});

it("gives unique names, and keeps a name that an operation already has", () => {
  expect(namesOf([["GET /storage"], ["GET /storage/{id}"], ["GET /storages/{id}"]])).toEqual([
    "listStorage",
    "getStorage",
    "getStorageById",
  ]);
  expect(namesOf([["PUT /volumes/{id}"], ["PATCH /volumes/{id}"]])).toEqual(["replaceVolume", "updateVolume"]);
  expect(namesOf([["POST /instances"], ["POST /launch", "createInstance"]])).toEqual(["createInstance2", "createInstance"]);
  expect(namesOf([["GET /instances"], ["GET /servers"]])).toEqual(["listInstances", "listServers"]);
});
