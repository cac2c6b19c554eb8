import { describe, expect, it } from "vitest";
import type { SweepOptions, SweepResult } from "../src/index.js";
import { makeMark, withExpiry } from "../src/mark.js";
import {
  doneBut,
  errorOf,
  type FakeOptions,
  type Fault,
  fails,
  fakeCloud,
  gpuOn,
  jumpingClock,
  type Machine,
  startOfTime,
  withoutMarks,
} from "./fake-provider.js";

const offer = "fake:h100";
const hourMs = 3_600_000;

/** A cloud with one machine of the owner `ci`, created `ageMs` ago, and a new process of that owner. */
async function setUp(options: FakeOptions = {}, { ageMs = 2 * hourMs, ttlMs = hourMs, offMs = 0 } = {}) {
  const cloud = fakeCloud({ id: "fake", ...options });
  await gpuOn([cloud], { owner: "ci" }).gpu.create({ offer, ...(ttlMs > 0 && { ttlMs }) });
  await cloud.clock.advance(ageMs);
  cloud.calls.length = 0;
  const [machine] = cloud.machines;
  if (!machine) throw new Error("no machine");
  return { cloud, machine, ...gpuOn([cloud], { owner: "ci", clock: jumpingClock(cloud.clock, offMs) }) };
}

/** The refs in each part of a result. */
function refsIn({ deleted, deleting, unknown, kept, failures }: SweepResult) {
  const refs = (list: readonly { ref: string }[]) => list.map(({ ref }) => ref);
  return {
    deleted: refs(deleted),
    deleting: refs(deleting),
    unknown: refs(unknown),
    kept: kept.map(({ instance, reason }) => `${instance.ref} ${reason}`),
    failures: failures.map(({ error }) => error.code),
  };
}

const nothing = { deleted: [], deleting: [], unknown: [], kept: [], failures: [] };

describe("a sweep", () => {
  it("deletes expired instances, and verifies the deletions", async () => {
    const { gpu, cloud, events } = await setUp({ deletingMs: 20_000 });
    expect(refsIn(await gpu.sweep())).toEqual({ ...nothing, deleted: ["fake:i1"] });
    expect(cloud.running()).toEqual([]);
    expect(events).toContainEqual({ type: "delete.verified", ref: "fake:i1" });
    expect(refsIn(await gpu.sweep())).toEqual(nothing);
  });

  it.each([
    ["one that has not expired", { ageMs: hourMs - 1 }, {}, "not_expired"],
    ["one without an expiry", { ttlMs: 0 }, {}, "no_expiry"],
    ["one at a vendor without Date", {}, { dateOffMs: null }, "clock_unsure"],
    ["one at a vendor whose clock is an hour ahead", { ageMs: hourMs - 1 }, { dateOffMs: hourMs }, "clock_unsure"],
    ["one at a vendor whose clock is an hour late", { ageMs: hourMs }, { dateOffMs: -hourMs }, "clock_unsure"],
    ["one while our clock is an hour ahead", { ageMs: hourMs / 2, offMs: hourMs }, {}, "clock_unsure"],
    ["one while our clock is an hour late", { ageMs: hourMs, offMs: -hourMs }, {}, "clock_unsure"],
    ["one that has expired by our clock alone", { ageMs: hourMs }, { dateOffMs: -60_000 }, "not_expired"],
    ["one that has expired by the vendor's clock alone", { ageMs: hourMs - 30_000 }, { dateOffMs: 60_000 }, "not_expired"],
    ["one whose expiry has not passed on any clock", { ageMs: 1_000 }, { dateOffMs: -hourMs }, "not_expired"],
    ["one at a vendor that recycles ids", {}, { recyclesIds: true }, "recycled_ids"],
  ] as const)("keeps %s", async (_, situation, options: FakeOptions, reason) => {
    const { gpu, cloud } = await setUp(options, situation);
    expect(refsIn(await gpu.sweep())).toEqual({ ...nothing, kept: [`fake:i1 ${reason}`] });
    expect(cloud.count("delete")).toBe(0);
  });

  it.each([
    ["a subscription", (machine: Machine) => void Object.assign(machine, { isSubscription: true }), "subscription"],
    ["one that is gone", (machine: Machine) => void Object.assign(machine, { status: "terminated" }), "ended"],
    ["one that is being deleted", (machine: Machine) => void Object.assign(machine, { status: "terminating" }), "ended"],
    ["one whose mark is damaged", (machine: Machine) => damage(machine), "not_owned"],
    ["one without a mark", (machine: Machine) => void Object.assign(machine, { mark: undefined }), "not_owned"],
  ])("keeps %s", async (_, change, reason) => {
    const { gpu, cloud, machine } = await setUp();
    change(machine);
    expect(refsIn(await gpu.sweep())).toEqual({ ...nothing, kept: [`fake:i1 ${reason}`] });
    expect(cloud.count("delete")).toBe(0);
  });

  it("keeps the expired machines of other owners", async () => {
    const { cloud } = await setUp();
    for (const owner of ["ci2", "CI", "someone"]) {
      expect(refsIn(await gpuOn([cloud], { owner }).gpu.sweep())).toEqual({ ...nothing, kept: ["fake:i1 not_owned"] });
    }
    expect(cloud.count("delete")).toBe(0);
  });

  it("keeps machines with the same mark, or with marks of the same key", async () => {
    const { gpu, cloud, machine } = await setUp();
    const copy = { ...machine, id: "copy" };
    cloud.machines.push(copy);
    const both = { ...nothing, kept: ["fake:i1 mark_not_unique", "fake:copy mark_not_unique"] };
    expect(refsIn(await gpu.sweep())).toEqual(both);
    const mark = await makeMark("ci", "colliding", {}, startOfTime + 1);
    copy.mark = mark.text;
    machine.mark = withExpiry(mark, startOfTime + hourMs).text;
    expect(refsIn(await gpu.sweep())).toEqual(both);
    expect(cloud.count("delete")).toBe(0);
    cloud.machines.pop();
    expect(refsIn(await gpu.sweep())).toEqual({ ...nothing, deleted: ["fake:i1"] });
  });

  it("keeps machines without a mark, even if this process has created them", async () => {
    const cloud = fakeCloud({ id: "fake" });
    const { gpu } = gpuOn([cloud], { owner: "ci" });
    await gpu.create({ offer, ttlMs: hourMs });
    await cloud.clock.advance(2 * hourMs);
    cloud.next("list", withoutMarks);
    expect(refsIn(await gpu.sweep())).toEqual({ ...nothing, kept: ["fake:i1 mark_not_shown"] });
  });

  it("reads each instance again before it deletes it, and keeps one whose expiry was extended since the list", async () => {
    const { gpu, cloud, machine } = await setUp();
    const later = withExpiry(await makeMark("ci", "key", {}), startOfTime + 3 * hourMs);
    cloud.next("list", async (work) => {
      const listed = await work();
      machine.mark = later.text;
      return listed;
    });
    expect(refsIn(await gpu.sweep())).toEqual({ ...nothing, kept: ["fake:i1 not_expired"] });
    expect(cloud.count("delete")).toBe(0);
  });

  it.each<[string, Fault[], Fault[], SweepOptions, Partial<ReturnType<typeof refsIn>>]>([
    ["it cannot be read again", [fails("unavailable")], [], {}, { kept: ["fake:i1 not_read"], failures: ["unavailable"] }],
    ["the delete is refused", [], [fails("permission_denied")], {}, { unknown: ["fake:i1"], failures: ["permission_denied"] }],
    ["the delete's response is lost", [], [doneBut("network")], {}, { deleted: ["fake:i1"] }],
    ["it is a dry run", [], [], { dryRun: true }, { kept: ["fake:i1 dry_run"] }],
  ])("reports when %s", async (_, get, request, options, expected) => {
    const { gpu, cloud } = await setUp();
    cloud.next("get", ...get);
    cloud.next("delete", ...request);
    expect(refsIn(await gpu.sweep(options))).toEqual({ ...nothing, ...expected });
  });

  it("deletes at a vendor that reuses ids only as the sole deleter", async () => {
    const { gpu } = await setUp({ recyclesIds: true });
    expect(refsIn(await gpu.sweep({ soleDeleter: ["fake"] }))).toEqual({ ...nothing, deleted: ["fake:i1"] });
  });

  it("reports a provider that cannot be read, and sweeps the others", async () => {
    const { cloud } = await setUp();
    const broken = fakeCloud({ id: "broken", clock: cloud.clock });
    broken.next("list", fails("unavailable"));
    const { gpu } = gpuOn([broken, cloud], { owner: "ci" });
    expect(refsIn(await gpu.sweep())).toEqual({ ...nothing, deleted: ["fake:i1"], failures: ["unavailable"] });
  });

  it("ends when the caller aborts, and deletes nothing afterwards", async () => {
    const { gpu, cloud } = await setUp();
    const abort = new AbortController();
    cloud.next("list", async (work) => {
      abort.abort();
      return work();
    });
    expect(await errorOf(gpu.sweep({ signal: abort.signal }))).toMatchObject({ code: "aborted" });
    expect(cloud.count("delete")).toBe(0);
  });

  it.each<[string, string, SweepOptions, string]>([
    ["without an owner", "", {}, "configuration"],
    ["for a provider that it does not have", "ci", { soleDeleter: ["other"] }, "configuration"],
    ["with text in place of a list", "ci", { soleDeleter: "fake" as never }, "invalid_request"],
  ])("is rejected %s", async (_, owner, options, code) => {
    const { cloud } = await setUp();
    expect(await errorOf(gpuOn([cloud], { owner }).gpu.sweep(options))).toMatchObject({ code });
    expect(cloud.calls).toEqual([]);
  });
});

/** Changes a character in the key's digest, so that the mark's check fails. */
function damage(machine: Machine): void {
  const mark = machine.mark ?? "";
  machine.mark = `${mark.slice(0, 10)}${mark[10] === "a" ? "b" : "a"}${mark.slice(11)}`;
}
