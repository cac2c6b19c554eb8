import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSimulator, createVirtualClock, type Simulator, type VendorName } from "@gpu/simulator";
import { isObject, type JsonObject, type JsonValue, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { jsonContent, operationsOf, parametersOf } from "@gpu-scripts/openapi/operations.ts";
import { root as repository } from "@gpu-scripts/openapi/vendors.ts";
import { afterAll, beforeAll } from "vitest";
import type { Received } from "../check-response.ts";

export { repository };

export async function readDocument(vendor: string): Promise<JsonObject> {
  return JSON.parse(await readFile(join(repository, "packages", vendor, "openapi.json"), "utf8")) as JsonObject;
}

/** A simulator with servers for the duration of a test file. Every list that the documents' examples can fill has entries. */
export function runningClouds(vendors: readonly VendorName[]) {
  // All examples are sent at the same time, so there is no minimum time between two creates.
  const settings = Object.fromEntries(vendors.map((vendor) => [vendor, { createIntervalMs: 0 }]));
  const simulator = createSimulator({ vendors: settings, clock: createVirtualClock({ pace: "manual" }) });
  let urls: Readonly<Partial<Record<VendorName, string>>> = {};
  let close = async () => {};
  beforeAll(async () => {
    for (const vendor of vendors) await fill(simulator, vendor);
    await simulator.clock.advance(60 * 60_000);
    ({ urls, close } = await simulator.listen());
  });
  afterAll(() => close());
  return { simulator, urlOf: (vendor: VendorName) => urls[vendor] ?? "" };
}

/** Sends the document's examples of every create. A second pass replaces ids in the examples by that of the created SSH key. */
async function fill(simulator: Simulator, vendor: VendorName): Promise<void> {
  const document = await readDocument(vendor);
  const [server] = list(document["servers"]).filter(isObject);
  const prefix = stringAt(objectAt(document, "x-gpu-client"), "apiKeyPrefix") ?? "";
  const schemes = Object.values(objectAt(objectAt(document, "components"), "securitySchemes"));
  const header = schemes.map((scheme) => stringAt(scheme, "name")).find((name) => name !== undefined) ?? "authorization";
  const headers = { [header]: prefix + simulator.keys[vendor], "content-type": "application/json" };
  let key = "";
  for (const replaceIds of [false, true]) {
    for (const operation of operationsOf(document)) {
      const { method, object } = operation;
      const name = stringAt(object, "operationId") ?? "";
      if (!name.startsWith("create")) continue;
      const path = parametersOf(document, operation).reduce(
        (text, parameter) => text.replace(`{${parameter["name"]}}`, String(parameter["example"])),
        operation.path,
      );
      for (const example of examplesOf(jsonContent(object["requestBody"]))) {
        const text = JSON.stringify(example);
        const body = replaceIds ? text.replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, key) : text;
        const url = `${stringAt(server, "url")}${path}`;
        const response = await simulator.fetch(url, { method: method.toUpperCase(), headers, body });
        const made = /"id":\s*"([^"]+)"/.exec(await response.text())?.[1];
        if (name === "createSshKey" && response.ok && made !== undefined) key = made;
      }
    }
  }
}

function examplesOf(content: JsonObject): JsonValue[] {
  const named = Object.values(objectAt(content, "examples")).flatMap((example) =>
    isObject(example) ? [example["value"] ?? null] : [],
  );
  return named.length > 0 ? named : content["example"] === undefined ? [] : [content["example"]];
}

/** A `fetch` that changes responses to a path. */
export function fetchWith(path: string, change: (received: Received) => Partial<Received>) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    if (!new URL(url).pathname.endsWith(path)) return response;
    const contentType = response.headers.get("content-type") ?? "";
    const received = { status: response.status, contentType, text: await response.text() };
    const changed = { ...received, ...change(received) };
    return new Response(changed.text, { status: changed.status, headers: { "content-type": changed.contentType } });
  };
}

/** Copies the files that a run reads and writes, until the tests end. `source.yaml` gives `url` as the published document, if any. */
export async function copyOf(vendor: string, url = "null"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gpu-live-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "packages", vendor), { recursive: true });
  for (const part of ["openapi.json", "package.json"]) {
    await cp(join(repository, "packages", vendor, part), join(folder, "packages", vendor, part));
  }
  for (const part of ["dist", "node_modules"]) {
    await symlink(join(repository, "packages", vendor, part), join(folder, "packages", vendor, part));
  }
  await cp(join(repository, "specs", vendor), join(folder, "specs", vendor), { recursive: true });
  const source = join(folder, "specs", vendor, "source.yaml");
  await writeFile(source, (await readFile(source, "utf8")).replace(/^url: .*$/m, `url: ${url}`));
  return folder;
}
