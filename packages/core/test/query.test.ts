import { describe, expect, it } from "vitest";
import { serializeQuery } from "../src/request.js";

describe("a list in a query", () => {
  it.each<[what: string, query: Record<string, unknown>, written: string]>([
    ["repeats its parameter by default", { tags: ["a", "b c"] }, "tags=a&tags=b%20c"],
    ["is one parameter when the document declares comma-separated values", { ids: ["a", "b,c", 3] }, "ids=a,b%2Cc,3"],
    ["omits null and undefined items", { ids: [null, "a", undefined] }, "ids=a"],
    ["is omitted when it is empty", { ids: [], tags: [] }, ""],
    ["may be a single value", { ids: "a" }, "ids=a"],
  ])("%s", (_, query, written) => {
    expect(serializeQuery(query, ["ids"])).toBe(written);
  });

  it("rejects objects", () => {
    expect(() => serializeQuery({ ids: [{ a: 1 }] }, ["ids"])).toThrow('the query parameter "ids" is nested too deeply');
  });
});
