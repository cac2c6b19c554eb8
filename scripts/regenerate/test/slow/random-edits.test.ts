// Random changes of random schemas. The rating is never below the impact on callers' code, and above it only for a run-time effect.
import { type JsonObject, type JsonValue, list, objectAt } from "@gpu-scripts/openapi/json.ts";
import { expect, it } from "vitest";
import { compareVersions } from "../../compare/compare.ts";
import { greatest } from "../../impact.ts";
import { generatedOf, noticed } from "../caller/caller.ts";
import { small } from "./small.ts";

const first = Number(process.env["GPU_FIRST_SEED"] ?? 1);
const seeds = Array.from({ length: Number(process.env["GPU_SOAK"] ?? 40) }, (_, index) => first + index);
const part: JsonObject = { type: "object", required: ["p1"], properties: { p1: { type: "string" }, p2: { type: "integer" } } };
const leaves: readonly JsonObject[] = [
  ...["string", "integer", "number", "boolean"].map((type) => ({ type })),
  { type: ["string", "null"] },
  { type: "string", enum: ["x", "y"] },
  { type: "string", enum: ["x"] },
  { type: "string", "x-extensible-enum": ["x", "y"] },
  { type: "string", maxLength: 5 },
  { type: "string", const: "x" },
  { $ref: "#/components/schemas/Part" },
  {},
];

class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 7919;
  }

  below(limit: number): number {
    this.#state = (this.#state * 1103515245 + 12345) & 0x7fffffff;
    return (this.#state / 0x80000000) * limit;
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.below(values.length))] as T;
  }

  schema(depth: number): JsonObject {
    const kind = depth <= 0 ? 0 : this.below(10);
    if (kind < 3) return structuredClone(this.pick(leaves));
    if (kind < 6) return this.object(depth);
    if (kind < 7) return { type: "array", items: this.schema(depth - 1) };
    if (kind < 8) return { type: "object", additionalProperties: this.schema(depth - 1) };
    if (kind < 9) return { [this.pick(["anyOf", "oneOf"])]: [this.schema(depth - 1), this.schema(depth - 1)] };
    if (kind < 9.5) return { oneOf: ["one", "two"].map((name) => this.object(depth, name)) };
    return { allOf: [{ $ref: "#/components/schemas/Part" }, this.object(depth - 1)] };
  }

  object(depth: number, kind?: string): JsonObject {
    const names = ["a", "b", "c"].filter(() => this.below(10) < 6);
    const properties: JsonObject = Object.fromEntries(names.map((name) => [name, this.schema(depth - 1)]));
    const required = names.filter(() => this.below(2) < 1);
    if (kind !== undefined) properties["kind"] = { type: "string", const: kind };
    return { type: "object", properties, required: kind === undefined ? required : [...required, "kind"] };
  }

  changed(schema: JsonValue, depth: number): JsonObject {
    const copy = structuredClone(schema) as JsonObject;
    const properties = objectAt(copy, "properties");
    const name = this.pick(["a", "b", "c"]);
    const required = list(copy["required"]);
    const edit = this.below(10);
    if (edit < 3 || (copy["type"] === "object" && edit < 5 && copy["properties"] === undefined)) return this.schema(depth);
    if (copy["properties"] !== undefined) {
      const isThere = properties[name] !== undefined;
      if (edit < 5 && isThere) delete properties[name];
      else if (edit < 7 || !isThere)
        properties[name] = isThere ? this.changed(properties[name] ?? {}, depth - 1) : this.schema(depth - 1);
      else if (!required.includes(name)) return { ...copy, required: [...required, name] };
      return { ...copy, required: required.filter((one) => one !== name) };
    }
    for (const key of ["items", "additionalProperties"])
      if (copy[key] !== undefined) return { ...copy, [key]: this.changed(copy[key], depth - 1) };
    for (const key of ["oneOf", "anyOf", "allOf"]) {
      const [only = {}, last = {}] = list(copy[key]);
      if (copy[key] !== undefined) return { ...copy, [key]: [only, this.changed(last, depth - 1)] };
    }
    return this.schema(depth);
  }
}

/** Kinds of changes that affect these schemas only at run time. */
const atRunTime = ["limited", "enum-values-added", "enum-values-removed"];

it("random changes are rated by their effect on callers", { timeout: 20_000 * seeds.length }, async () => {
  const reached = new Map<string, number>();
  for (const seed of seeds) {
    const random = new Random(seed);
    const owner = random.pick(["CreateMachineRequest", "MachineList"]);
    const before = random.schema(3);
    const versions = [before, random.changed(before, 3)].map((edited) => {
      const document = small();
      const schemas = objectAt(objectAt(document, "components"), "schemas");
      objectAt(schemas[owner], "properties")["edited"] = edited;
      objectAt(schemas["MachineList"], "properties")["part"] = { $ref: "#/components/schemas/Part" };
      schemas["Part"] = structuredClone(part);
      return generatedOf(document);
    });
    const [old, fresh] = await Promise.all(versions);
    if (!old || !fresh) throw new Error("two versions are needed");
    const { impact, changes } = compareVersions(old, fresh);
    if (impact === "none") continue;
    const floor = noticed(old, fresh);
    const text = `GPU_FIRST_SEED=${seed}: ${JSON.stringify(objectAt(objectAt(objectAt(objectAt(objectAt(old.document, "components"), "schemas"), owner), "properties"), "edited"))} to ${JSON.stringify(objectAt(objectAt(objectAt(objectAt(objectAt(fresh.document, "components"), "schemas"), owner), "properties"), "edited"))}: ${JSON.stringify(changes, null, 1)}; ${floor.errors[0]}`;
    expect(greatest([impact, floor.impact]), text).toBe(impact);
    const hasReason = changes.some((change) => change.impact === impact && atRunTime.includes(change.kind));
    expect(impact === floor.impact || hasReason, `rated above ${floor.impact}: ${text}`).toBe(true);
    reached.set(impact, (reached.get(impact) ?? 0) + 1);
  }
  process.stdout.write(
    `seeds ${first} to ${seeds.at(-1)}: ${[...reached].map(([impact, count]) => `${count} ${impact}`).join(", ")}\n`,
  );
  if (seeds.length >= 40) expect([...reached.keys()].sort()).toEqual(["major", "minor", "patch"]);
});
