import { readFileSync } from "node:fs";
import { createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { createGpu, fal, novita, type Provider, runcrate, shadeform, thunderCompute } from "../../src/index.js";

const providers: readonly Provider[] = [thunderCompute(), shadeform(), fal(), novita(), runcrate()];

interface Recorded {
  operation: string;
  status: number;
  why: string;
  body?: unknown;
}

/** The recorded successful responses of a vendor's operation. */
function successes(vendor: string, operation: string): Recorded[] {
  const file = new URL(`../../../${vendor}/test/responses.json`, import.meta.url);
  const all = JSON.parse(readFileSync(file, "utf8")) as Recorded[];
  return all.filter((one) => one.operation === operation && one.status === 200 && !reportsMore(one.body));
}

/** Whether a body reports more items but has no cursor, so that the list cannot be read completely. */
function reportsMore(body: unknown): boolean {
  return (body as { meta?: { hasMore?: unknown } | null } | null)?.meta?.hasMore === true;
}

/** Responses for requests that are not under test: parts of a catalogue, and the last page of a list. */
const others: readonly [path: RegExp, body: unknown][] = [
  [/\/v1\/pricing$/, { pricing: {} }],
  [/\/v1\/status$/, {}],
  [/cursor=/, { instances: [], next_cursor: null, has_more: false }],
  [/pageNum=[1-9]/, { instances: [] }],
];

/** A `Gpu` whose vendor returns this body for every request under test. */
function gpuOf(provider: Provider, body: unknown) {
  const fetch = async (url: string) => Response.json(others.find(([path]) => path.test(url))?.[1] ?? body);
  return createGpu({
    providers: [provider],
    defaults: { apiKey: "test-key", clock: createVirtualClock(), maxRetries: 0, fetch },
  });
}

const cases = providers.flatMap((provider) =>
  (["listInstances", "getInstance", "listInstanceTypes"] as const).flatMap((operation) =>
    successes(provider.id, operation).map(({ why, body }) => ({ id: provider.id, operation, why, provider, body })),
  ),
);

describe("a provider parses every recorded success of its vendor", () => {
  it.each(cases)("$id $operation: $why", async ({ id, operation, provider, body }) => {
    const gpu = gpuOf(provider, body);
    if (operation === "listInstances") {
      const { instances, failures } = await gpu.list();
      expect(failures).toEqual([]);
      expect(instances.every((instance) => instance.id !== "" && instance.ref.startsWith(`${id}:`))).toBe(true);
    } else if (operation === "listInstanceTypes") {
      expect((await gpu.offers()).failures).toEqual([]);
    } else {
      const instance = await gpu.get(`${id}:${(body as { id?: string }).id ?? "i1"}`);
      expect(instance.provider).toBe(id);
    }
  });

  it("has cases for every provider but fal's types, which are fixed", () => {
    const found = new Set(cases.map(({ id, operation }) => `${id} ${operation}`));
    for (const { id } of providers) expect(found).toContain(`${id} listInstances`);
    for (const { id } of providers.filter(({ id }) => id !== "fal")) expect(found).toContain(`${id} listInstanceTypes`);
  });
});
