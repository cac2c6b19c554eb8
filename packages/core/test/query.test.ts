import { describe, expect, it } from "vitest";
import { serializeQuery } from "../src/request.js";

describe("a list in a query", () => {
  it.each<[what: string, query: Record<string, unknown>, written: string]>([
    ["repeats its parameter by default", { tags: ["a", "b c"] }, "tags=a&tags=b%20c"],
    ["is one parameter where the vendor separates by commas", { ids: ["a", "b,c", 3] }, "ids=a,b%2Cc,3"],
    ["leaves out what is not there", { ids: [null, "a", undefined] }, "ids=a"],
    ["is left out when nothing is in it", { ids: [], tags: [] }, ""],
    ["may be a single value", { ids: "a" }, "ids=a"],
  ])("%s", (_, query, written) => {
    expect(serializeQuery(query, ["ids"])).toBe(written);
  });

  it("holds no objects", () => {
    expect(() => serializeQuery({ ids: [{ a: 1 }] }, ["ids"])).toThrow('the query parameter "ids" is nested too deeply');
  });
});
