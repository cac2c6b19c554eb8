import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { VendorName } from "@gpu/simulator";
import { isObject, type JsonObject, type JsonValue } from "@gpu-scripts/openapi/json.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { describe, expect, it } from "vitest";
import { checkResponse, type Received } from "../check-response.ts";
import { exitCode, type Finding } from "../outcome.ts";
import { runVendor } from "../run.ts";
import { copyOf, fetchWith, readDocument, runningClouds } from "./support.ts";

const { simulator, urlOf } = runningClouds(["shadeform", "thunder-compute", "runcrate", "novita"]);
const date = "2026-11-29";

interface Drift {
  kind: string;
  vendor: VendorName;
  operation: string;
  path: string;
  change: (received: Received) => Partial<Received>;
  finding: Finding;
  /** The operation's outcome, if it is not `drift`. */
  outcome?: "failed" | "blocked";
}

/** Changes the value at a place, where `*` stands for the last item. */
function body(place: string, change: (parent: JsonObject, key: string) => void): Drift["change"] {
  return ({ text }) => {
    const json = JSON.parse(text) as JsonValue;
    const steps = place.split("/").slice(1);
    const key = steps.pop() ?? "";
    const parent = steps.reduce<JsonValue | undefined>((node, step) => {
      const entries = node as JsonObject;
      return step === "*" ? Object.values(entries).at(-1) : entries[step];
    }, json);
    if (!isObject(parent) && !Array.isArray(parent)) throw new Error(`there is nothing at ${place}`);
    change(parent as JsonObject, key);
    return { text: JSON.stringify(json) };
  };
}
const put = (place: string, value: JsonValue) => body(place, (parent, key) => Object.assign(parent, { [key]: value }));
const take = (place: string) => body(place, (parent, key) => Reflect.deleteProperty(parent, key));

const types = { vendor: "shadeform", operation: "listInstanceTypes", path: "/instances/types" } as const;
const instances = { vendor: "shadeform", operation: "listInstances", path: "/instances" } as const;
const specs = { vendor: "thunder-compute", operation: "listInstanceTypes", path: "/v1/specs" } as const;
const machines = { vendor: "runcrate", operation: "listInstances", path: "/instances" } as const;
const html = "<!doctype html><title>Bad gateway</title>";
const json = "application/json";

const drifts: Drift[] = [
  {
    kind: "a field at the top",
    ...types,
    change: put("/next_page", "abc"),
    finding: { kind: "unknown-field", pointer: "/next_page", detail: "is not in the document; here string" },
  },
  {
    kind: "a field in an item of a list",
    ...types,
    change: put("/instance_types/*/carbon_free", true),
    finding: { kind: "unknown-field", pointer: "/instance_types/*/carbon_free", detail: "is not in the document; here boolean" },
  },
  {
    kind: "a field in an object in an item",
    ...types,
    change: put("/instance_types/*/configuration/tpu", { cores: 8 }),
    finding: {
      kind: "unknown-field",
      pointer: "/instance_types/*/configuration/tpu",
      detail: "is not in the document; here object",
    },
  },
  {
    kind: "a field in an entry of a map",
    ...specs,
    change: put("/specs/*/nvlink", false),
    finding: { kind: "unknown-field", pointer: "/specs/*/nvlink", detail: "is not in the document; here boolean" },
  },
  {
    kind: "a field in an alternative",
    ...machines,
    vendor: "novita",
    path: "/gpu/instances",
    change: put("/instances/*/connectComponentSSH", { user: "root", jump: "host" }),
    finding: {
      kind: "unknown-field",
      pointer: "/instances/*/connectComponentSSH/jump",
      detail: "is not in the document; here string",
    },
  },
  {
    kind: "a missing field at the top",
    ...types,
    change: ({ text }) => ({ text: text.replace('"instance_types"', '"instanceTypes"') }),
    finding: { kind: "missing-field", pointer: "/instance_types", detail: "is missing" },
  },
  {
    kind: "a missing field in an item",
    ...types,
    change: take("/instance_types/*/hourly_price"),
    finding: { kind: "missing-field", pointer: "/instance_types/*/hourly_price", detail: "is missing" },
  },
  {
    kind: "null where the document has none",
    ...types,
    change: put("/instance_types/*/hourly_price", null),
    finding: { kind: "type", pointer: "/instance_types/*/hourly_price", detail: "is null, not integer" },
  },
  {
    kind: "text for a number",
    ...types,
    change: put("/instance_types/*/hourly_price", "86"),
    finding: { kind: "type", pointer: "/instance_types/*/hourly_price", detail: "is string, not integer" },
  },
  {
    kind: "a fraction for an integer",
    ...types,
    change: put("/instance_types/*/hourly_price", 86.5),
    finding: { kind: "type", pointer: "/instance_types/*/hourly_price", detail: "is number, not integer" },
  },
  {
    kind: "a number for a text",
    ...instances,
    change: put("/instances/*/name", 42),
    finding: { kind: "type", pointer: "/instances/*/name", detail: "is integer, not string" },
  },
  {
    kind: "a number for a boolean",
    ...types,
    change: put("/instance_types/*/availability/*/available", 1),
    finding: { kind: "type", pointer: "/instance_types/*/availability/*/available", detail: "is integer, not boolean" },
  },
  {
    kind: "an object for a list",
    ...types,
    change: put("/instance_types/*/availability", {}),
    finding: { kind: "type", pointer: "/instance_types/*/availability", detail: "is object, not array" },
  },
  {
    kind: "a text for what may be an object or null",
    ...machines,
    vendor: "novita",
    path: "/gpu/instances",
    change: put("/instances/*/network", "10.0.0.0/24"),
    finding: { kind: "type", pointer: "/instances/*/network", detail: "is string, not object or null" },
  },
  {
    kind: "a list at the top",
    ...types,
    change: () => ({ text: "[]" }),
    finding: { kind: "type", pointer: "", detail: "is array, not object" },
  },
  {
    kind: "an unknown value of an open list",
    ...instances,
    change: put("/instances/*/status", "hibernating"),
    finding: { kind: "unknown-value", pointer: "/instances/*/status", detail: "not among the 7 known values" },
  },
  {
    kind: "an unknown value of an open list that may be null",
    ...machines,
    change: put("/data/*/gpu_type", "X9000"),
    finding: { kind: "unknown-value", pointer: "/data/*/gpu_type", detail: "not among the 5 known values" },
  },
  {
    kind: "a value outside of a closed list",
    ...instances,
    change: put("/instances/*/launch_configuration", { type: "ansible" }),
    finding: {
      kind: "constraint",
      pointer: "/instances/*/launch_configuration/type",
      detail: "not among the 2 possible values",
    },
  },
  {
    kind: "a time of another format",
    ...instances,
    change: put("/instances/*/created_at", "Sunday"),
    finding: { kind: "constraint", pointer: "/instances/*/created_at", detail: 'must match format "date-time"' },
  },
  {
    kind: "a number outside of its format",
    vendor: "thunder-compute",
    operation: "listInstances",
    path: "/instances/list",
    change: put("/*/lastRestart", { exitCode: 3e9 }),
    finding: { kind: "constraint", pointer: "/*/lastRestart/exitCode", detail: 'must match format "int32"' },
  },
  {
    kind: "an undeclared success",
    ...types,
    change: () => ({ status: 202 }),
    finding: { kind: "status", pointer: "", detail: "202 is not declared" },
  },
  {
    kind: "an undeclared failure",
    ...types,
    change: () => ({ status: 410, text: '{"message":"gone"}' }),
    finding: { kind: "status", pointer: "", detail: "410 is not declared" },
    outcome: "failed",
  },
  {
    kind: "a declared failure of another shape",
    ...types,
    change: () => ({ status: 403, text: '{"message":"no","errors":[{"field":"key"}]}' }),
    finding: { kind: "unknown-field", pointer: "/errors", detail: "is not in the document; here array" },
    outcome: "blocked",
  },
  {
    kind: "no body",
    ...types,
    change: () => ({ text: "" }),
    finding: { kind: "body", pointer: "", detail: "is empty" },
  },
  {
    kind: "HTML",
    ...types,
    change: () => ({ text: html, contentType: "text/html" }),
    finding: { kind: "body", pointer: "", detail: "is HTML, not JSON" },
  },
  {
    kind: "half of the JSON",
    ...types,
    change: ({ text }) => ({ text: text.slice(0, text.length / 2) }),
    finding: { kind: "body", pointer: "", detail: "is not JSON" },
  },
  {
    kind: "JSON under another media type",
    ...types,
    change: () => ({ contentType: "text/plain" }),
    finding: { kind: "body", pointer: "", detail: "is JSON, sent as another media type" },
  },
];

it("covers at least twenty kinds of drift", () => {
  expect(new Set(drifts.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(20);
});

/** For each vendor, a folder in which the findings without drift are already recorded. */
const usual = new Map<VendorName, Promise<string>>();
async function usualRoot(vendor: VendorName): Promise<string> {
  const root = await copyOf(vendor);
  await runVendor(vendor, { root, apiKey: simulator.keys[vendor], baseUrl: urlOf(vendor), fetch, date });
  return root;
}

describe.each(drifts)("$kind", ({ kind, vendor, operation, path, change, finding, outcome = "drift" }) => {
  it("is reported once, and kept as a case that reproduces it", async () => {
    if (!usual.has(vendor)) usual.set(vendor, usualRoot(vendor));
    const root = (await usual.get(vendor)) ?? "";
    const options = { root, apiKey: simulator.keys[vendor], baseUrl: urlOf(vendor), fetch: fetchWith(path, change), date };
    const run = await runVendor(vendor, options);
    const result = run.results.find((one) => one.operation === operation);
    const caseFile = join(root, result?.caseFile ?? "none");
    try {
      expect(result).toMatchObject({ outcome, findings: expect.arrayContaining([finding]) });
      expect(run.results.filter((one) => one !== result).flatMap(({ findings }) => findings)).toEqual([]);

      const document = await readDocument(vendor);
      const read = operationsOf(document).find(({ object }) => object["operationId"] === operation);
      const kept = JSON.parse(await readFile(caseFile, "utf8")) as JsonObject & { status: number };
      expect(kept).toMatchObject({ operation, findings: result?.findings });
      expect("body" in kept).toBe(kind !== "no body" && kind !== "HTML" && kind !== "half of the JSON");
      if (read && "body" in kept) {
        const sent = { status: kept.status, contentType: json, text: JSON.stringify(kept["body"]) };
        const shown = checkResponse(document, read, sent).findings.map(({ value: _, ...one }) => one);
        const wanted = result?.findings.filter(({ detail }) => !detail.endsWith("sent as another media type")) ?? [];
        expect(shown).toEqual(expect.arrayContaining(wanted));
      }

      const again = await runVendor(vendor, options);
      expect(again.results.flatMap(({ findings }) => findings)).toEqual([]);
      expect(again.results.find((one) => one.operation === operation)?.known).toBeGreaterThan(0);
      expect(exitCode([again])).toBe(outcome === "failed" ? 1 : 0);
    } finally {
      await rm(caseFile, { force: true });
    }
  });
});
