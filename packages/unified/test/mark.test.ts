import { describe, expect, it } from "vitest";
import { newIdempotencyKey, timeOfKey } from "../src/idempotency-key.js";
import { isSameCreate, makeMark, markedName, markInTag, ownerDigest, readMark, splitMarkedName } from "../src/mark.js";

const key = "0197c0de-0000-7000-8000-000000000000";
const parameters = { offer: "fake:h100", image: "a", env: { A: "1", B: "2" }, options: {} };

describe("a mark", () => {
  it("has 35 letters and digits: owner 8, key 12, parameters 8, expiry 5, check 2", async () => {
    const mark = await makeMark("ci", key, parameters);
    expect(mark.text).toMatch(/^[a-z0-9]{35}$/);
    expect([mark.owner.length, mark.key.length, mark.parameters.length]).toEqual([8, 12, 8]);
    expect(mark.text.slice(28, 33)).toBe("00000");
    expect(mark.expiresAt).toBeNull();
    expect(readMark(mark.text)).toEqual(mark);
    expect(mark.owner).toBe(await ownerDigest("ci"));
  });

  it("contains an expiry in minutes, rounded up, that is not compared", async () => {
    const minute = Date.UTC(2026, 11, 1, 12, 30);
    const mark = await makeMark("ci", key, parameters, minute - 59_999);
    expect(mark.expiresAt).toBe(minute);
    expect(mark.text.slice(28, 33)).toBe((minute / 60_000).toString(36));
    expect(readMark(mark.text)).toEqual(mark);
    const other = await makeMark("ci", key, parameters);
    expect(isSameCreate(mark.text, other.text)).toBe(true);
    expect(isSameCreate(mark.text, (await makeMark("ci", `${key}1`, parameters)).text)).toBe(false);
    for (const none of [undefined, "unknown", mark.text.slice(1), mark.text.slice(0, 28)]) {
      expect(isSameCreate(none, mark.text)).toBe(false);
    }
  });

  it("distinguishes 5,000 owners", async () => {
    const owners = await Promise.all(Array.from({ length: 5_000 }, (_, index) => ownerDigest(`ci-${index}`)));
    expect(new Set(owners).size).toBe(5_000);
  });

  it("is not recognized with one character changed or two swapped", async () => {
    const { text } = await makeMark("ci", key, parameters, Date.UTC(2027, 0, 1));
    for (let index = 0; index < text.length; index += 1) {
      for (const character of "0123456789abcdefghijklmnopqrstuvwxyz") {
        const other = text.slice(0, index) + character + text.slice(index + 1);
        if (other !== text) expect(readMark(other)).toBeUndefined();
      }
      const swapped =
        text.slice(0, index) +
        text
          .slice(index, index + 2)
          .split("")
          .reverse()
          .join("") +
        text.slice(index + 2);
      if (swapped !== text) expect(readMark(swapped)).toBeUndefined();
    }
    for (const other of ["", "0".repeat(35), "z".repeat(35), text.toUpperCase(), `${text}0`]) {
      expect(readMark(other)).toBeUndefined();
    }
  });

  it("is the same for equal parameters, in any order, with or without undefined", async () => {
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

  it("does not reveal equal parameters of different keys, so guesses at a secret cannot be tested", async () => {
    const one = await makeMark("ci", "one", parameters);
    const other = await makeMark("ci", "other", parameters);
    expect(one.parameters).not.toBe(other.parameters);
  });
});

describe("a marked name", async () => {
  const mark = (await makeMark("ci", key, parameters)).text;

  it.each([
    ["train-42", 64, `train-42-h${mark}`],
    [undefined, 64, `gpu-h${mark}`],
    ["a".repeat(100), 64, `${"a".repeat(27)}-h${mark}`],
    ["", 64, `-h${mark}`],
    [`${"a".repeat(26)}🚀 launch`, 64, `${"a".repeat(26)}-h${mark}`],
    [`${"a".repeat(25)}🚀 launch`, 64, `${"a".repeat(25)}🚀-h${mark}`],
  ])("of %j with at most %d characters", (name, longest, marked) => {
    expect(markedName(name, mark, longest)).toBe(marked);
    expect(marked.length).toBeLessThanOrEqual(longest);
    expect(splitMarkedName(marked)).toEqual({ name: marked.slice(0, -37), mark });
  });

  it.each([
    "train-42",
    `train-h${mark}x`,
    `train-h${mark.slice(1)}`,
    `train-h${mark.toUpperCase()}`,
    `train-g${mark}`,
    mark,
    "train-g507f1f77bcf86cd799439011",
    "train-h507f1f77bcf86cd799439011507f1f77bcf",
    "",
  ])("is not read from %j", (name) => {
    expect(splitMarkedName(name)).toEqual({ name, mark: undefined });
  });

  it("the last mark in a name counts", async () => {
    const other = (await makeMark("ann", key, parameters)).text;
    expect(splitMarkedName(`job-h${mark}-h${other}`)).toEqual({ name: `job-h${mark}`, mark: other });
  });

  it("reads a mark from a tag, and from nothing else", () => {
    expect(markInTag(`gpu-mark=${mark}`)).toBe(mark);
    for (const tag of [`gpu-mark=${mark}0`, `xgpu-mark=${mark}`, `gpu-mark=${mark.slice(1)}0`, mark, ""]) {
      expect(markInTag(tag)).toBeUndefined();
    }
  });
});

describe("an idempotency key", () => {
  it("is a UUIDv7 with its time", () => {
    for (const time of [0, 1, Date.UTC(2026, 10, 21), 2 ** 48 - 1]) {
      const made = newIdempotencyKey(time);
      expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(timeOfKey(made)).toBe(time);
      expect(timeOfKey(made.toUpperCase())).toBe(time);
    }
    const many = new Set(Array.from({ length: 1_000 }, () => newIdempotencyKey(0)));
    expect(many.size).toBe(1_000);
  });

  it("in another format has no time", () => {
    for (const other of ["", "job-1", crypto.randomUUID(), newIdempotencyKey(0).slice(1)])
      expect(timeOfKey(other)).toBeUndefined();
  });
});
