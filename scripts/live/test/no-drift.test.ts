import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { VendorName } from "@gpu/simulator";
import { operationsOf, takesKey } from "@gpu-scripts/openapi/operations.ts";
import { allVendors } from "@gpu-scripts/openapi/vendors.ts";
import { expect, it } from "vitest";
import { exitCode, type VendorRun } from "../outcome.ts";
import { planReads } from "../plan.ts";
import { runVendor } from "../run.ts";
import { copyOf, readDocument, runningClouds } from "./support.ts";

const vendors = allVendors() as VendorName[];
const { simulator, urlOf } = runningClouds(vendors);
const date = "2026-11-29";

/** Known but undocumented fields and values, which the simulators return like their vendors. */
const undocumented: Record<string, string[]> = {
  fal: [],
  lambda: [],
  runpod: [],
  vast: [],
  "thunder-compute": [],
  // Values beyond those listed in the document. Both API versions list regions.
  novita: ["availableGpuType/*", "id", "id", "name", "region_ids/*"].map((field) => `unknown-value /data/*/${field}`),
  runcrate: ["unknown-value /data/*/gpu_type"],
  // The vendor repeats the fields of `configuration` next to it.
  shadeform: ["/instance_types/*", "/cluster_types/*/cluster_type"].flatMap((place) =>
    ["gpu_type", "interconnect", "memory_in_gb", "num_gpus", "nvlink", "storage_in_gb", "vcpus"].map(
      (field) => `unknown-field ${place}/${field}`,
    ),
  ),
};

const found = ({ results }: VendorRun) => results.flatMap(({ findings }) => findings);

it.each(vendors)("%s: reads everything, changes nothing, and reports only the known differences", async (vendor) => {
  const root = await copyOf(vendor);
  const [requests, ledger] = [simulator.requests().length, simulator.ledger()];
  const options = { root, apiKey: simulator.keys[vendor], baseUrl: urlOf(vendor), fetch, date };
  const run = await runVendor(vendor, options);
  const differences = found(run).map(({ kind, pointer }) => `${kind} ${pointer}`);
  expect(differences.sort()).toEqual(undocumented[vendor]?.sort() ?? differences.filter((one) => one.startsWith("unknown-")));

  const called = run.results.filter(({ outcome }) => outcome === "ok" || outcome === "drift").map(({ operation }) => operation);
  expect(run.results.filter(({ operation, outcome }) => !called.includes(operation) && outcome !== "skipped")).toEqual([]);
  const steps = planReads(await readDocument(vendor));
  expect(called).toEqual(expect.arrayContaining(steps.filter(({ inputs }) => inputs.length === 0).map(({ name }) => name)));
  expect(called.includes("getInstance")).toBe(steps.some(({ name }) => name === "getInstance"));
  expect(
    simulator
      .requests()
      .slice(requests)
      .map(({ method }) => method),
  ).toEqual(called.map(() => "GET"));
  expect(simulator.ledger()).toEqual(ledger);

  const again = await runVendor(vendor, options);
  expect([found(again), exitCode([again])]).toEqual([[], 0]);
  const known = again.results.reduce((sum, result) => sum + result.known, 0);
  expect(known).toBe(differences.length);
  const files = await readdir(join(root, "packages", vendor, "test", "live")).catch(() => []);
  expect(files).toHaveLength(run.results.filter(({ findings }) => findings.length > 0).length);
});

it.each(vendors)("%s: without a key, public calls succeed and all others fail as documented", async (vendor) => {
  const root = await copyOf(vendor);
  const before = simulator.requests().length;
  const run = await runVendor(vendor, { root, apiKey: undefined, baseUrl: urlOf(vendor), fetch, date });
  expect(run.results.filter(({ outcome }) => outcome !== "ok" && outcome !== "skipped")).toEqual([]);
  const document = await readDocument(vendor);
  const isKeyed = new Map(operationsOf(document).map((one) => [one.object["operationId"], takesKey(document, one)]));
  const requests = simulator.requests().slice(before);
  expect(requests.map(({ operation, status }) => [operation, status === 200])).toEqual(
    requests.map(({ operation }) => [operation, !isKeyed.get(operation)]),
  );
  expect(requests.length).toBeGreaterThan(2);
});
