import { systemClock } from "@gpu/core";
import { createSimulator, createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { createGpu, fal, novita } from "../src/index.js";
import { listPages } from "../src/list-pages.js";
import type { FoundInstance } from "../src/provider.js";
import { sshPublicKey } from "./fake-provider.js";

/** Lists from scripted readings: each read returns the pages of the next one, and the last one repeats. */
async function read(...readings: readonly (readonly string[])[][]) {
  let reading = 0;
  const pages = async function* () {
    yield* readings[Math.min(reading++, readings.length - 1)] ?? [];
  };
  const instancesOf = (ids: readonly string[]) =>
    ids.map((id) => ({ instance: { id }, mark: undefined }) as FoundInstance<"fake">);
  const found = await listPages("fake", systemClock, pages, instancesOf);
  return { ids: found.map(({ instance }) => instance.id), readings: reading };
}

describe("a list in pages", () => {
  it.each([
    ["no page", [[]], [], 1],
    ["one page", [[["a", "b"]]], ["a", "b"], 1],
    ["one that moved to the page before", [[["a", "b"], []], [["b", "c"]]], ["b", "c"], 2],
    ["two equal pages", [[["a"], ["b"]]], ["a", "b"], 2],
    [
      "one that moved over the edge",
      [
        [["a", "b"], ["d"]],
        [["b", "c"], ["d"]],
      ],
      ["b", "c", "d"],
      3,
    ],
    [
      "one that came in front",
      [
        [
          ["a", "b"],
          ["b", "c"],
        ],
      ],
      ["a", "b", "c"],
      2,
    ],
    ["two pages that became one", [[["a"], ["b"]], [["b"]]], ["b"], 2],
  ])("is read until it is complete: %s", async (_, readings, ids, times) => {
    expect(await read(...readings)).toEqual({ ids, readings: times });
  });

  it("that keeps changing is a failure, not an incomplete list", async () => {
    const changing = [1, 2, 3, 4].map((n) => [[`a${n}`], ["b"]]);
    await expect(read(...changing)).rejects.toMatchObject({ code: "vendor_contract", sideEffect: "none" });
  });
});

describe.each([
  { provider: fal, id: "fal", offer: "fal:gpu_1x_h100_sxm5", fields: { sshPublicKey }, count: 11 },
  { provider: novita, id: "novita", offer: "novita:4090.16c62g/us-ca-6/1", fields: { image: "ubuntu:22.04" }, count: 51 },
] as const)("the list of $id", ({ provider, id, offer, fields, count }) => {
  it("loses no instance when another is deleted between two of its pages", async () => {
    const { clock, keys, fetch } = createSimulator({ vendors: [id] });
    const vendor = provider({ apiKey: keys[id] });
    const connected = vendor.connect({ fetch: listing, clock });
    const other = createGpu({ providers: [vendor], defaults: { fetch, clock } });
    const refs: string[] = [];
    for (let n = 0; n < count; n += 1) refs.push((await other.create({ offer, ...fields } as never)).ref);
    await clock.advance(200_000);
    const [first, ...rest] = refs;
    let isDeleted = false;
    async function listing(url: string, init: RequestInit): Promise<Response> {
      const response = await fetch(url, init);
      if (!isDeleted) {
        isDeleted = true;
        await other.delete(first as never, { waitMs: 60_000 });
      }
      return response;
    }
    const listed = (await connected.list({ clock })).map(({ instance }) => instance.ref as string);
    expect(listed.sort()).toEqual(rest.sort());
  });
});

it("an endless list fails after three minutes, and says so", async () => {
  const clock = createVirtualClock();
  const endless = async function* () {
    for (let page = 0; ; page += 1) {
      await clock.sleep(10_000);
      yield [`a${page}`];
    }
  };
  const instancesOf = ([id = ""]: readonly string[]) => [{ instance: { id }, mark: undefined } as FoundInstance<"fake">];
  const listed = listPages("fake", clock, endless, instancesOf);
  await expect(listed).rejects.toMatchObject({ code: "timeout", sideEffect: "none" });
  await expect(listed).rejects.toThrow("the list did not end within 180 s and 19 pages");
});

it("an endless list fails after 100 pages, and says so", async () => {
  const endless = async function* () {
    for (let page = 0; ; page += 1) yield [`a${page}`];
  };
  const instancesOf = ([id = ""]: readonly string[]) => [{ instance: { id }, mark: undefined } as FoundInstance<"fake">];
  const listed = listPages("fake", createVirtualClock(), endless, instancesOf);
  await expect(listed).rejects.toMatchObject({ code: "vendor_contract", sideEffect: "none" });
  await expect(listed).rejects.toThrow("the list did not end within 100 pages");
});

it("a single page may take longer than that", async () => {
  const clock = createVirtualClock();
  const slow = async function* () {
    await clock.sleep(200_000);
    yield ["a"];
  };
  const instancesOf = ([id = ""]: readonly string[]) => [{ instance: { id }, mark: undefined } as FoundInstance<"fake">];
  expect(await listPages("fake", clock, slow, instancesOf)).toHaveLength(1);
});
