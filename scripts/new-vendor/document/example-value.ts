import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt } from "@gpu-scripts/openapi/json.ts";
import { typesOf, wordsOf } from "@gpu-scripts/openapi/schemas.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { exampleNumber, exampleText } from "./example-words.ts";
import { fits } from "./fits.ts";

/** What an example is for. */
export interface Purpose {
  /** Fields of the other way are left out. */
  way: "request" | "answer";
  /** Of a failure: its status, or `default`. */
  failure?: string;
}

/** A value that a schema allows, with the vendor's own examples where they fit. `name` is the field's, for what it may hold. */
export function exampleValue(document: JsonObject, schema: JsonValue | undefined, purpose: Purpose, name = ""): JsonValue {
  return new ExampleMaker(document, purpose).value(schema, name, []) ?? {};
}

/** A text that stands for any text, as generators of documents write it. */
export function isPlaceholder(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(isPlaceholder);
  if (isObject(value)) return Object.values(value).some(isPlaceholder);
  return value === "string" || (typeof value === "string" && /^<.*>$/.test(value));
}

/** Values that one example may have; schemas that hold each other in many ways would give more than anybody reads. */
const mostValues = 20_000;

class ExampleMaker {
  readonly #document: JsonObject;
  readonly #purpose: Purpose;
  #values = 0;

  constructor(document: JsonObject, purpose: Purpose) {
    this.#document = document;
    this.#purpose = purpose;
  }

  /** Undefined where a schema holds itself again: then whatever is around it leaves it out. */
  value(schema: JsonValue | undefined, name: string, around: readonly JsonObject[]): JsonValue | undefined {
    this.#values += 1;
    if (this.#values > mostValues) throw new UserError("its schemas hold each other in too many ways to make an example of them");
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
      if (merged !== undefined && merged !== null && fits(this.#document, found, merged)) return merged;
    }
    if (variants.some((variant) => isObject(variant) && variant["type"] === "null")) return null;
    return this.#ofType(found, name, within);
  }

  /** The first value that the vendor gives for it, and that its own schema allows. */
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
      (value) => value !== undefined && value !== null && !isPlaceholder(value) && fits(this.#document, found, value),
    );
  }

  #whole(schema: JsonObject, name: string, within: readonly JsonObject[]): JsonValue | undefined {
    const { allOf, ...own } = schema;
    const parts = [...list(allOf), own].map((part) => this.value(part, name, within));
    const objects = parts.filter(isObject);
    if (objects.length > 0) return Object.assign({}, ...objects) as JsonObject;
    return parts.find((part) => part !== undefined);
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
        return exampleNumber(this.#document, schema, type, name);
      case "boolean":
        return true;
      case "string":
        return exampleText(this.#document, schema, name, this.#purpose.failure);
      default:
        return typesOf(schema).includes("null") ? null : {};
    }
  }

  /** Answers show every field; requests those that they must have, or all where none is required. */
  #object(schema: JsonObject, within: readonly JsonObject[]): JsonObject {
    const required = list(schema["required"]);
    const { way } = this.#purpose;
    const isEverything = way === "answer" || required.length === 0;
    const value: JsonObject = {};
    for (const [name, property] of Object.entries(objectAt(schema, "properties"))) {
      const isRequired = required.includes(name);
      const one = dereference(this.#document, property);
      const isOfOtherWay = isObject(one) && one[way === "request" ? "readOnly" : "writeOnly"] === true;
      if (isOfOtherWay || !(isRequired || isEverything)) continue;
      const inner = this.value(property, name, within);
      if (inner !== undefined && (isRequired || fits(this.#document, property, inner))) value[name] = inner;
    }
    return { ...value, ...this.#entries(schema, within) };
  }

  /** A map shows an entry, or as many as it must have. */
  #entries(schema: JsonObject, within: readonly JsonObject[]): JsonObject {
    const { additionalProperties, minProperties, properties } = schema;
    if (!isObject(additionalProperties) || isObject(properties)) return {};
    const inner = this.value(additionalProperties, "", within);
    const count = typeof minProperties === "number" ? Math.max(1, minProperties) : 1;
    if (inner === undefined) return {};
    return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index + 1}`, structuredClone(inner)]));
  }

  #array(schema: JsonObject, name: string, within: readonly JsonObject[]): JsonValue[] {
    const { minItems, maxItems, items } = schema;
    const item = this.value(items, wordsOf(name).join("_").replace(/s$/, ""), within);
    if (item === undefined || maxItems === 0) return [];
    const count = Math.max(1, typeof minItems === "number" ? minItems : 1);
    return Array.from({ length: count }, (_, index) => different(item, index));
  }
}

/** Another item of a list whose items may have to differ. */
function different(item: JsonValue, index: number): JsonValue {
  if (index === 0) return structuredClone(item);
  if (typeof item === "number") return item + index;
  if (typeof item === "string") return `${item}-${index + 1}`;
  return structuredClone(item);
}
