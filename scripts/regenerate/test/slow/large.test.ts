import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateTypes } from "@gpu-scripts/codegen/types.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import { describe, expect, it } from "vitest";
import { changedParts } from "../../compare/changed.ts";
import { compareVersions } from "../../compare/compare.ts";
import { edits, Subject } from "./edits.ts";

const document = JSON.parse(readFileSync(join(root, "packages", "runcrate", "openapi.json"), "utf8")) as JsonObject;
const versionOf = async (some: JsonObject) => ({ document: some, schema: await generateTypes(some) });

/** Kinds that change one place, several places, names, and only the root. */
const kinds = [
  "answer field removed",
  "value added to an open enum",
  "operation removed",
  "server changed",
  "security scheme changed",
  "server put before the others",
  "order of the security schemes changed",
  "another security scheme named",
];

describe("of a large document only what changed is compared", { timeout: 60_000 }, () => {
  it.each(edits.filter(({ kind }) => kinds.includes(kind)))("with the same result: $kind", async ({ prepare, apply }) => {
    const before = structuredClone(document);
    prepare?.(new Subject(before));
    const after = structuredClone(before);
    apply(new Subject(after));
    const parts = changedParts(before, after);
    const whole = await compareVersions(await versionOf(before), await versionOf(after));
    const part = await compareVersions(await versionOf(parts.before), await versionOf(parts.after));
    expect(part).toEqual(whole);
  });

  it("and linted, unless names or paths came or went", () => {
    const edited = (change: (subject: Subject) => unknown): JsonObject => {
      const after = structuredClone(document);
      change(new Subject(after));
      return after;
    };
    const described = edited(({ answer }) => {
      answer["description"] = "Other words.";
    });
    const { toLint } = changedParts(document, described);
    expect(operationsOf(toLint).length).toBeGreaterThan(0);
    expect(operationsOf(toLint).length).toBeLessThan(operationsOf(document).length);
    for (const change of [
      ({ schemas }: Subject) => Object.assign(schemas, { Unused: { type: "string" } }),
      ({ sender }: Subject) => Object.assign(sender.object, { operationId: "other" }),
    ]) {
      const after = edited(change);
      expect(changedParts(document, after).toLint).toBe(after);
    }
  });
});
