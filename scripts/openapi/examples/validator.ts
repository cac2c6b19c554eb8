import { createContext, Script } from "node:vm";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { dereference, isObject, type JsonObject, type JsonValue, list } from "../json.ts";
import { compositionKeywords, namedKeywords, singleKeywords } from "../schemas.ts";

/** How many milliseconds a pattern may take for one text. Some patterns take practically forever. */
const patternMs = 50;

const context = createContext({ found: { pattern: /(?:)/, text: "" } });
const match = new Script("found.pattern.test(found.text)");

/** A pattern of the vendor with a time limit. After the first timeout it matches every text. */
function boundedPattern(source: string, flags: string) {
  const pattern = patternOf(source, flags);
  let isTooSlow = pattern === undefined;
  return {
    test(text: string): boolean {
      if (isTooSlow) return true;
      const found = pattern && matchesInTime(pattern, text);
      isTooSlow = found === undefined;
      return found ?? true;
    },
    toString: () => String(pattern),
  };
}
boundedPattern.code = "boundedPattern";

/**
 * Whether a text matches; undefined when that takes too long. The timeout is wall-clock time, which also passes while a busy machine
 * runs something else: then it is tried again, so that the same document gives the same result.
 */
export function matchesInTime(pattern: RegExp, text: string, computedMs = threadMs): boolean | undefined {
  const start = computedMs();
  do {
    context["found"] = { pattern, text };
    try {
      return match.runInContext(context, { timeout: patternMs }) as boolean;
    } catch {}
  } while (computedMs() - start < patternMs / 2);
  return undefined;
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Ignores a pattern of another language, such as one that begins with `(?i)`. */
export function patternOf(source: string, flags = "u"): RegExp | undefined {
  for (const tried of [flags, ""]) {
    try {
      return new RegExp(source, tried);
    } catch {}
  }
  return undefined;
}

export interface ValidatorOptions {
  strict?: boolean;
  /** Fields that only go the other way are not part of the value. */
  way?: "request" | "response";
}

/**
 * Whether values are what the schemas of one document allow. With `strict`, an object has no field that its schema does not declare,
 * unless the schema declares that it may. The document must not change while the validator is used.
 */
export class Validator {
  readonly #document: JsonObject;
  readonly #strict: boolean;
  readonly #otherWay: "readOnly" | "writeOnly" | undefined;
  readonly #ajv = new Ajv2020({
    strict: false,
    logger: false,
    validateSchema: false,
    inlineRefs: false,
    code: { regExp: boundedPattern },
  });
  readonly #validators = new WeakMap<JsonObject, ValidateFunction | undefined>();
  /** Ids of the schemas that references lead to: for a schema by itself, and for a schema as a part of another. */
  readonly #wholeIds = new Map<JsonObject, string>();
  readonly #partIds = new Map<JsonObject, string>();
  readonly #alike = new Map<string, ValidateFunction | undefined>();
  #next = 0;

  constructor(document: JsonObject, { strict = false, way }: ValidatorOptions = {}) {
    this.#document = document;
    this.#strict = strict;
    this.#otherWay = way && (way === "request" ? "readOnly" : "writeOnly");
    addFormats.default(this.#ajv);
  }

  fits(schema: JsonValue | undefined, value: JsonValue): boolean {
    return this.problem(schema, value) === undefined;
  }

  /** What is wrong with a value, such as `/name must be string`; undefined when nothing is, or when it cannot be checked. */
  problem(schema: JsonValue | undefined, value: JsonValue): string | undefined {
    if (schema === false) return "nothing is allowed";
    if (!isObject(schema)) return undefined;
    if (!this.#validators.has(schema)) this.#validators.set(schema, this.#compile(schema));
    const validate = this.#validators.get(schema);
    if (!validate || validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    const extra = error?.params["unevaluatedProperty"] ?? error?.params["additionalProperty"];
    return `${error?.instancePath ?? ""} ${error?.message ?? "is wrong"}${extra === undefined ? "" : ` \`${extra}\``}`.trim();
  }

  /** Schemas that constrain a value alike, as those of most fields do, are compiled once. */
  #compile(schema: JsonObject): ValidateFunction | undefined {
    const text = JSON.stringify(withoutTexts(schema));
    if (text.includes('"$ref"') || this.#otherWay !== undefined) return this.#compileAnew(schema);
    if (!this.#alike.has(text)) this.#alike.set(text, this.#compileAnew(schema));
    return this.#alike.get(text);
  }

  #compileAnew(schema: JsonObject): ValidateFunction | undefined {
    try {
      return this.#ajv.compile(this.#translated(schema, true) as object);
    } catch {
      return undefined;
    }
  }

  /** The schema with references to ids, and without what the validator would stumble over. */
  #translated(schema: JsonValue, isWhole: boolean): JsonValue {
    if (!isObject(schema)) return schema;
    if (typeof schema["$ref"] === "string") {
      const target = dereference(this.#document, schema);
      return isObject(target) && target !== schema ? { $ref: this.#idOf(target, isWhole) } : {};
    }
    const { $id, $schema, $anchor, $dynamicAnchor, discriminator, example, examples, default: unset, ...rest } = schema;
    const made: JsonObject = rest;
    if (this.#otherWay !== undefined) this.#dropOtherWay(made, this.#otherWay);
    for (const key of singleKeywords) if (made[key] !== undefined) made[key] = this.#translated(made[key], true);
    for (const key of namedKeywords) {
      const inner = made[key];
      if (isObject(inner))
        made[key] = Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, this.#translated(one, true)]));
    }
    if (Array.isArray(made["prefixItems"])) made["prefixItems"] = made["prefixItems"].map((one) => this.#translated(one, true));
    for (const key of compositionKeywords) {
      if (Array.isArray(made[key])) made[key] = made[key].map((one) => this.#translated(one, false));
    }
    if (this.#strict) close(made, isWhole);
    return made;
  }

  #dropOtherWay(schema: JsonObject, mark: "readOnly" | "writeOnly"): void {
    const properties = schema["properties"];
    if (!isObject(properties)) return;
    const isOther = (property: JsonValue) => {
      const found = dereference(this.#document, property);
      return (isObject(property) && property[mark] === true) || (isObject(found) && found[mark] === true);
    };
    const dropped = Object.keys(properties).filter((name) => isOther(properties[name] ?? null));
    if (dropped.length === 0) return;
    schema["properties"] = Object.fromEntries(Object.entries(properties).filter(([name]) => !dropped.includes(name)));
    schema["required"] = list(schema["required"]).filter((name) => !dropped.includes(String(name)));
  }

  #idOf(target: JsonObject, isWhole: boolean): string {
    const ids = isWhole ? this.#wholeIds : this.#partIds;
    const known = ids.get(target);
    if (known !== undefined) return known;
    this.#next += 1;
    const id = `schema:${this.#next}`;
    ids.set(target, id);
    this.#ajv.addSchema(this.#translated(target, isWhole) as object, id);
    return id;
  }
}

/** Keys that do not constrain values. */
const texts = new Set(["title", "description", "example", "examples", "default", "deprecated"]);

function withoutTexts(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !texts.has(key)));
}

/** Rejects undeclared fields. A schema that is part of a composition may have the fields that the whole composition declares. */
function close(schema: JsonObject, isWhole: boolean): void {
  if (schema["additionalProperties"] !== undefined || schema["unevaluatedProperties"] !== undefined) return;
  const isComposed = compositionKeywords.some((key) => list(schema[key]).length > 0);
  if (!isComposed && schema["properties"] === undefined && schema["patternProperties"] === undefined) {
    if (!isWhole && mayBeObject(schema)) schema["additionalProperties"] = true;
  } else if (isWhole) schema["unevaluatedProperties"] = false;
}

function mayBeObject({ type, required }: JsonObject): boolean {
  if (required !== undefined) return false;
  return type === undefined || [type].flat().includes("object");
}
