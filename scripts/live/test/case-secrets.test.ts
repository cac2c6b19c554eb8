import { isObject, type JsonObject, type JsonValue, list, objectAt } from "@gpu-scripts/openapi/json.ts";
import { jsonContent, operationsOf, responsesOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { variantsOf } from "@gpu-scripts/openapi/pointers.ts";
import { typesOf } from "@gpu-scripts/openapi/schemas.ts";
import { allVendors } from "@gpu-scripts/openapi/vendors.ts";
import { expect, it } from "vitest";
import { withoutValues } from "../cases.ts";
import { checkResponse } from "../check-response.ts";
import { isHarmless } from "../plan.ts";
import { readDocument } from "./support.ts";

/** Number of responses: `GPU_SOAK`, or 10,000 in `test:soak`. Set `GPU_FIRST_SEED` to reproduce a failure. */
const count = Number(process.env["GPU_SOAK"] ?? (process.env["npm_lifecycle_event"] === "test:soak" ? 10_000 : 500));
const firstSeed = Number(process.env["GPU_FIRST_SEED"] ?? 1);

/** Kinds of secrets and personal values. Each contains a random mark, by which the test finds it in the output. */
const kinds: ((random: Random) => [text: string, mark: string])[] = [
  (random) => marked(random.letters(24), (mark) => `sk_live_${mark}`),
  (random) => marked(random.letters(12), (mark) => `${mark}@example.org`),
  (random) => marked(random.letters(9), (mark) => `Ada ${mark}`),
  (random) => marked(random.letters(9), (mark) => mark),
  (random) => marked(random.letters(40), (mark) => `ssh-ed25519 ${mark} ada@laptop`),
  (random) => marked(random.letters(30), (mark) => `-----BEGIN PRIVATE KEY-----\n${mark}\n-----END PRIVATE KEY-----`),
  (random) => marked(random.letters(14), (mark) => `https://ada:${mark}@example.org/path?token=${mark}`),
  (random) => marked(random.hex(8), (mark) => `${mark}-1111-4222-8333-${random.hex(12)}`),
  (random) => marked(String(100_000_000 + random.below(800_000_000)), (mark) => mark),
  (random) => marked(`${random.below(200) + 20}.${random.below(255)}.${random.below(200) + 20}`, (mark) => `10.${mark}`),
  (random) => marked(`19${70 + random.below(30)}-0${1 + random.below(9)}-1${random.below(9)}T0`, (mark) => `${mark}3:04:05.678Z`),
];
const marked = (mark: string, text: (mark: string) => string): [string, string] => [text(mark), mark];

class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = (seed * 0x9e3779b1) >>> 0;
  }
  /** An integer in [0, `limit`) (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
  letters(length: number): string {
    return Array.from({ length }, () => String.fromCharCode(97 + this.below(26))).join("");
  }
  hex(length: number): string {
    return Array.from({ length }, () => this.below(16).toString(16)).join("");
  }
}

/** Generates responses to a schema that are full of secrets and sometimes violate the schema. */
class Fuzzer {
  readonly marks = new Set<string>();
  readonly #document: JsonObject;
  readonly #random: Random;
  constructor(document: JsonObject, random: Random) {
    this.#document = document;
    this.#random = random;
  }

  value(schema: JsonValue | undefined, depth = 0): JsonValue {
    if (depth > 7 || this.#random.below(12) === 0) return this.anything(depth);
    const parts = variantsOf(this.#document, schema);
    const words = parts.flatMap((part) => [...list(part["enum"]), ...list(part["x-extensible-enum"])]);
    const [word] = words;
    if (word !== undefined && this.#random.below(2) === 0) return this.#random.pick([word, ...words]);
    const fields = parts.flatMap((part) => Object.entries(objectAt(part, "properties")));
    if (fields.length > 0) return this.object(fields, depth);
    const types = parts.flatMap(typesOf);
    const item = parts.map((part) => part["items"]).find(isObject);
    if (item) return Array.from({ length: this.#random.below(4) }, () => this.value(item, depth + 1));
    const entry = parts.map((part) => part["additionalProperties"]).find(isObject);
    if (entry || types.includes("object")) return this.map(entry, depth);
    const [type = "string"] = types;
    if (type === "boolean") return this.#random.below(2) === 0;
    return type === "integer" || type === "number" ? this.number() : this.text();
  }

  object(fields: readonly [name: string, schema: JsonValue][], depth: number): JsonValue {
    const kept = fields.filter(() => this.#random.below(10) > 0);
    const result: JsonObject = Object.fromEntries(kept.map(([name, schema]) => [name, this.value(schema, depth + 1)]));
    // An undocumented map whose values repeat its keys.
    if (this.#random.below(6) === 0) Object.assign(result, this.map(undefined, depth));
    if (this.#random.below(3) === 0) result[this.#random.pick(["owner", "extra_info", "hostIp2"])] = this.anything(depth + 1);
    return result;
  }

  map(entry: JsonValue | undefined, depth: number): JsonObject {
    const names = Array.from({ length: this.#random.below(3) }, () => this.text());
    // A map key that is a plain word looks like a field name, unless it also occurs as a value.
    const repeated = (name: string): JsonObject => (/^[a-z]+$/.test(name) ? { name } : {});
    return Object.fromEntries(names.map((name) => [name, { ...repeated(name), value: this.value(entry, depth + 1) }]));
  }

  anything(depth: number): JsonValue {
    const all: [() => JsonValue, ...(() => JsonValue)[]] = [
      () => this.text(),
      () => this.number(),
      () => null,
      () => true,
      () => [this.text()],
      () => this.map({}, depth + 1),
    ];
    return this.#random.pick(all)();
  }

  text(): string {
    const [text, mark] = this.#random.pick(kinds as [(typeof kinds)[0]])(this.#random);
    this.marks.add(mark);
    return text;
  }

  number(): number {
    const digits = 100_000_000 + this.#random.below(800_000_000);
    this.marks.add(String(digits));
    return digits * this.#random.pick([1, -1]) + this.#random.pick([0, 0.25]);
  }
}

it(`no case of ${count} responses contains a secret or a personal value`, { timeout: 600_000 }, async () => {
  const reads = (await Promise.all(allVendors().map(readDocument))).flatMap((document) =>
    operationsOf(document).flatMap((operation) =>
      isHarmless(operation)
        ? responsesOf(document, operation).map(([status, response]) => ({ document, operation, status, response }))
        : [],
    ),
  );
  const counts = { findings: 0, marks: 0, cases: 0 };
  const leaks: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const random = new Random(seed);
    const { document, operation, status, response } = random.pick(reads as [(typeof reads)[0]]);
    const fuzzer = new Fuzzer(document, random);
    const text = JSON.stringify(fuzzer.value(jsonContent(response)["schema"]));
    const code = Number(status) || 418;
    const { findings, standIn } = checkResponse(document, operation, { status: code, contentType: "application/json", text });
    const body = standIn();
    const one = { operation: titleOf(operation), status: code, why: "live", findings, ...(body === undefined ? {} : { body }) };
    const written = JSON.stringify(withoutValues(one));
    for (const mark of fuzzer.marks) {
      if (written.includes(mark)) leaks.push(`seed ${seed}, ${one.operation}: ${mark} in ${written.slice(0, 2_000)}`);
    }
    counts.cases += 1;
    counts.findings += findings.length;
    counts.marks += fuzzer.marks.size;
  }
  console.log(`seeds from ${firstSeed}: ${JSON.stringify(counts)}`);
  expect(leaks.slice(0, 3)).toEqual([]);
  expect(counts.findings).toBeGreaterThan(count);
  expect(counts.marks).toBeGreaterThan(count);
});

it("the search finds secrets in a case with values", async () => {
  const document = await readDocument("shadeform");
  const fuzzer = new Fuzzer(document, new Random(7));
  const body = fuzzer.value({ $ref: "#/components/schemas/Instance" });
  const written = JSON.stringify(withoutValues({ operation: "getInstance", status: 200, why: "live", findings: [], body }));
  expect([...fuzzer.marks].filter((mark) => written.includes(mark)).length).toBeGreaterThan(3);
});
