import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt } from "../json.ts";
import { typesOf, wordsOf } from "../schemas.ts";
import { textOfPattern } from "./patterns.ts";
import { tagsOf } from "./tags.ts";
import type { Validator } from "./validator.ts";
import { exampleNumber, exampleText } from "./words.ts";

/** What an example is for. */
export interface Purpose {
  /** Omits fields that are only for the other direction, request or response. */
  way: "request" | "response";
  /** Of a failure: its status, or `default`. */
  failure?: string;
}

/**
 * A value that a schema allows, with the vendor's own examples where they fit; undefined when none is found. The field's `name`
 * suggests its content.
 */
export function exampleValue(
  document: JsonObject,
  validator: Validator,
  schema: JsonValue | undefined,
  purpose: Purpose,
  name = "",
): JsonValue | undefined {
  for (const amount of ["usual", "all", "required"] as const) {
    const value = new ExampleMaker(document, validator, purpose, amount).value(schema, name, []) ?? {};
    if (validator.fits(schema, value)) return value;
  }
  return undefined;
}

/** A placeholder for any text, as document generators write it. */
export function isPlaceholder(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(isPlaceholder);
  if (isObject(value)) return Object.values(value).some(isPlaceholder);
  return value === "string" || (typeof value === "string" && /^<.*>$/.test(value));
}

/** Whether a value has an integer beyond 2^53, which JavaScript sends with other digits. */
export function losesDigits(value: JsonValue): boolean {
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.some(losesDigits);
  return isObject(value) && Object.values(value).some(losesDigits);
}

/** The maximum number of values in an example. Schemas that refer to each other could produce far too many. */
const mostValues = 5_000;

/** Beyond these, an example shows only the fields that an object must have. */
const fewValues = 300;
const fewLevels = 8;

class ExampleMaker {
  readonly #document: JsonObject;
  readonly #validator: Validator;
  readonly #purpose: Purpose;
  /** Which fields of an object are shown. */
  readonly #amount: "usual" | "all" | "required";
  readonly #ownParts = new WeakMap<JsonObject, JsonObject>();
  readonly #tags: ReturnType<typeof tagsOf>;
  #values = 0;

  constructor(document: JsonObject, validator: Validator, purpose: Purpose, amount: "usual" | "all" | "required") {
    this.#document = document;
    this.#validator = validator;
    this.#purpose = purpose;
    this.#amount = amount;
    this.#tags = tagsOf(document);
  }

  /** Undefined where a schema contains itself again: the enclosing value then omits it. */
  value(schema: JsonValue | undefined, name: string, around: readonly JsonObject[]): JsonValue | undefined {
    const value = this.#untagged(schema, name, around);
    const found = dereference(this.#document, schema);
    const tag = isObject(found) ? this.#tags.get(found) : undefined;
    if (!isObject(value) || tag === undefined || value[tag.name] === tag.value) return value;
    const tagged = { ...value, [tag.name]: tag.value };
    return this.#validator.fits(found, tagged) ? tagged : value;
  }

  #untagged(schema: JsonValue | undefined, name: string, around: readonly JsonObject[]): JsonValue | undefined {
    this.#values += 1;
    if (this.#values > mostValues) return undefined;
    const found = dereference(this.#document, schema);
    if (!isObject(found)) return {};
    if (around.includes(found)) return undefined;
    const given = this.#given(isObject(schema) ? schema : {}, found);
    if (given !== undefined) return structuredClone(given);
    const within = [...around, found];
    if (list(found["allOf"]).length > 0) return this.#whole(found, name, within);
    const variants = [...list(found["oneOf"]), ...list(found["anyOf"])];
    for (const variant of variants) {
      const value = this.value(variant, name, within);
      const own = isObject(found["properties"]) ? this.#object(found, within) : undefined;
      const merged = isObject(value) && own ? { ...own, ...value } : value;
      if (merged !== undefined && merged !== null && this.#validator.fits(found, merged)) return merged;
    }
    if (variants.some((variant) => isObject(variant) && variant["type"] === "null")) return null;
    return this.#ofType(found, name, within);
  }

  /** The vendor's first example that its own schema allows. */
  #given(schema: JsonObject, found: JsonObject): JsonValue | undefined {
    const values = [
      schema["example"],
      found["example"],
      ...list(found["examples"]),
      found["const"],
      found["default"],
      ...list(found["x-extensible-enum"]),
      ...list(found["enum"]),
    ];
    return values.find(
      (value) =>
        value !== undefined &&
        value !== null &&
        !isPlaceholder(value) &&
        !losesDigits(value) &&
        this.#validator.fits(found, value),
    );
  }

  #whole(schema: JsonObject, name: string, within: readonly JsonObject[]): JsonValue | undefined {
    const parts = [...list(schema["allOf"]), this.#ownPart(schema)].map((part) => this.value(part, name, within));
    const objects = parts.filter(isObject);
    if (objects.length > 0) return Object.assign({}, ...objects) as JsonObject;
    return parts.find((part) => part !== undefined);
  }

  /** A schema without its `allOf`; the same object each time, so that it is compiled once. */
  #ownPart(schema: JsonObject): JsonObject {
    const known = this.#ownParts.get(schema);
    if (known) return known;
    const { allOf, ...own } = schema;
    this.#ownParts.set(schema, own);
    return own;
  }

  #ofType(schema: JsonObject, name: string, within: readonly JsonObject[]): JsonValue {
    const [type = isObject(schema["properties"]) ? "object" : undefined] = typesOf(schema).filter((one) => one !== "null");
    switch (type) {
      case "object":
        return this.#object(schema, within);
      case "array":
        return this.#array(schema, name, within);
      case "integer":
      case "number":
        return exampleNumber(this.#validator, schema, type, name);
      case "boolean":
        return true;
      case "string":
        return exampleText(this.#validator, schema, name, this.#purpose.failure);
      default:
        return typesOf(schema).includes("null") ? null : {};
    }
  }

  /** Responses show every field; requests those that they must have, or all where none is required. */
  #object(schema: JsonObject, within: readonly JsonObject[]): JsonObject {
    const required = list(schema["required"]);
    const { way } = this.#purpose;
    const isLarge = this.#values > fewValues || within.length > fewLevels;
    const isEverything =
      this.#amount === "usual" ? !isLarge && (way === "response" || required.length === 0) : this.#amount === "all";
    const value: JsonObject = {};
    for (const [name, property] of Object.entries(objectAt(schema, "properties"))) {
      const isRequired = required.includes(name);
      const one = dereference(this.#document, property);
      const isOfOtherWay = isObject(one) && one[way === "request" ? "readOnly" : "writeOnly"] === true;
      if (isOfOtherWay || !(isRequired || isEverything)) continue;
      const inner = this.value(property, name, within);
      if (inner !== undefined && (isRequired || this.#validator.fits(property, inner))) value[name] = inner;
    }
    return { ...value, ...this.#entries(schema, within) };
  }

  /** A map has one entry, or its required number. */
  #entries(schema: JsonObject, within: readonly JsonObject[]): JsonObject {
    const [pattern] = Object.entries(objectAt(schema, "patternProperties"));
    if (pattern !== undefined && schema["minProperties"] !== undefined) {
      const key = textOfPattern(pattern[0], () => true);
      const value = this.value(pattern[1], "", within);
      if (key !== undefined && value !== undefined) return { [key]: value };
    }
    const { additionalProperties, minProperties, properties } = schema;
    if (this.#amount === "required" && minProperties === undefined) return {};
    if (!isObject(additionalProperties) || isObject(properties)) return {};
    const inner = this.value(additionalProperties, "", within);
    const count = typeof minProperties === "number" ? Math.min(mostValues, Math.max(1, minProperties)) : 1;
    if (inner === undefined) return {};
    return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index + 1}`, structuredClone(inner)]));
  }

  #array(schema: JsonObject, name: string, within: readonly JsonObject[]): JsonValue[] {
    const { minItems, maxItems, items } = schema;
    const prefix = list(schema["prefixItems"]).map((one) => this.value(one, name, within));
    const fixed = prefix.includes(undefined) ? [] : prefix.filter((one) => one !== undefined);
    if (fixed.length > 0 && fixed.length >= (typeof minItems === "number" ? minItems : 0)) return fixed;
    const item = this.value(items, wordsOf(name).join("_").replace(/s$/, ""), within);
    if (item === undefined || maxItems === 0) return [];
    const count = Math.min(mostValues, Math.max(1, typeof minItems === "number" ? minItems : 1));
    const found = dereference(this.#document, items);
    const values = list(isObject(found) ? (found["enum"] ?? found["x-extensible-enum"]) : undefined);
    return Array.from({ length: count }, (_, index) => (count > 1 ? values[index] : undefined) ?? different(item, index));
  }
}

/** Another item of a list whose items may have to differ. */
function different(item: JsonValue, index: number): JsonValue {
  if (index === 0) return structuredClone(item);
  if (typeof item === "number") return item + index;
  if (typeof item === "string") return `${item}-${index + 1}`;
  return structuredClone(item);
}
