import { describe, expect, it } from "vitest";
import { newIdempotencyKey, timeOfKey } from "../src/idempotency-key.js";
import { makeMark, markedName, ownerDigest, readMark, splitMarkedName } from "../src/mark.js";

const key = "0197c0de-0000-7000-8000-000000000000";
const parameters = { offer: "fake:h100", image: "a", env: { A: "1", B: "2" }, options: {} };

describe("a mark", () => {
  it("is 24 letters and digits: 4 of the owner, 12 of the key, 8 of the parameters", async () => {
    const mark = await makeMark("ci", key, parameters);
    expect(mark.text).toMatch(/^[a-z0-9]{24}$/);
    expect([mark.owner.length, mark.key.length, mark.parameters.length]).toEqual([4, 12, 8]);
    expect(readMark(mark.text)).toEqual(mark);
    expect(mark.owner).toBe(await ownerDigest("ci"));
  });

  it("is the same for the same, in whatever order, with undefined or without", async () => {
    const same = { options: {}, env: { B: "2", A: "1" }, image: "a", offer: "fake:h100", name: undefined };
    expect(await makeMark("ci", key, same)).toEqual(await makeMark("ci", key, parameters));
  });

  it.each<[part: "owner" | "key" | "parameters", owner: string, key: string, parameters: object]>([
    ["owner", "ann", key, parameters],
    ["key", "ci", `${key}1`, parameters],
    ["parameters", "ci", key, { ...parameters, image: "b" }],
    ["parameters", "ci", key, { ...parameters, env: { A: "1", B: "3" } }],
  ])("differs by its %s", async (part, owner, otherKey, otherParameters) => {
    const one = await makeMark("ci", key, parameters);
    const other = await makeMark(owner, otherKey, otherParameters);
    expect(other[part]).not.toBe(one[part]);
    if (part === "parameters") expect({ ...other, text: "", parameters: "" }).toEqual({ ...one, text: "", parameters: "" });
  });

  it("does not show equal parameters under different keys: nobody can test guesses at a secret in them", async () => {
    const one = await makeMark("ci", "one", parameters);
    const other = await makeMark("ci", "other", parameters);
    expect(one.parameters).not.toBe(other.parameters);
  });
});

describe("a marked name", () => {
  const mark = "own1key4key4key4par1par1";

  it.each([
    ["train-42", 64, `train-42-g${mark}`],
    [undefined, 64, `gpu-g${mark}`],
    ["a".repeat(100), 64, `${"a".repeat(38)}-g${mark}`],
    ["", 64, `-g${mark}`],
  ])("of %j with at most %d characters", (name, longest, marked) => {
    expect(markedName(name, mark, longest)).toBe(marked);
    expect(marked.length).toBeLessThanOrEqual(longest);
    expect(splitMarkedName(marked)).toEqual({ name: marked.slice(0, -26), mark });
  });

  it.each(["train-42", `train-g${mark}x`, `train-g${mark.slice(1)}`, `train-g${mark.toUpperCase()}`, mark, ""])(
    "is not read out of %j",
    (name) => {
      expect(splitMarkedName(name)).toEqual({ name, mark: undefined });
    },
  );

  it("inside a marked name, the last one counts", () => {
    const other = "z".repeat(24);
    expect(splitMarkedName(`job-g${mark}-g${other}`)).toEqual({ name: `job-g${mark}`, mark: other });
  });
});

describe("an idempotency key", () => {
  it("is a UUIDv7 that holds its time", () => {
    for (const time of [0, 1, Date.UTC(2026, 10, 21), 2 ** 48 - 1]) {
      const made = newIdempotencyKey(time);
      expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(timeOfKey(made)).toBe(time);
      expect(timeOfKey(made.toUpperCase())).toBe(time);
    }
    const many = new Set(Array.from({ length: 1_000 }, () => newIdempotencyKey(0)));
    expect(many.size).toBe(1_000);
  });

  it("that is none has no time", () => {
    for (const other of ["", "job-1", crypto.randomUUID(), newIdempotencyKey(0).slice(1)])
      expect(timeOfKey(other)).toBeUndefined();
  });
});
