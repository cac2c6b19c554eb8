import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { describe, expect, it } from "vitest";
import { Draft } from "../document/draft.ts";

describe("where a reference leads", () => {
  const resolve = (reference: string) => new Draft("acme", { used: { $ref: reference } }).resolve(["used"]);

  it("is found with its escapes, of URLs and of pointers", () => {
    expect(resolve("#/components/schemas/Instance")).toEqual(["components", "schemas", "Instance"]);
    expect(resolve("#/paths/~1instances~1%7Bid%7D/get")).toEqual(["paths", "/instances/{id}", "get"]);
    expect(resolve("#/components/schemas/50%25off")).toEqual(["components", "schemas", "50%off"]);
  });

  it("is refused in one line for an invalid escape", () => {
    expect(() => resolve("#/components/schemas/50%off")).toThrow(
      new UserError("the reference #/components/schemas/50%off has an invalid escape; write a literal % as %25"),
    );
  });
});
