// What a document states about each value that an operation sends or receives, apart from the shape that its type has.
import {
  dereference,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonPointer,
  list,
  objectAt,
  stringAt,
} from "@gpu-scripts/openapi/json.ts";
import { type Operation, parametersOf, responsesOf } from "@gpu-scripts/openapi/operations.ts";
import { typesOf } from "@gpu-scripts/openapi/schemas.ts";

export type Side = "sent" | "received" | "operation";

/** One value, with what is stated about it. */
export interface StatedValue {
  side: Side;
  /** JSON pointer from the operation; parameters are named by their place and name. */
  where: string;
  /** The same place from the component that it lies in. */
  component: string | undefined;
  stated: JsonObject;
}

/** Keys that contain schemas, which are separate places, and `required`, which the types show. */
const structure = ["$ref", "properties", "required", "items", "prefixItems", "allOf", "anyOf", "oneOf", "enum", "const"];

type Pending = Omit<StatedValue, "stated"> & { schema: JsonValue | undefined };

/** Every value of an operation, found by its place, or by the component that it lies in. */
export class StatedValues {
  readonly #places = new Map<string, StatedValue>();
  readonly #inComponents = new Map<string, StatedValue>();
  readonly #document: JsonObject;
  /** Components are entered once on each side: they may contain themselves, and be used many times. */
  readonly #entered = new Set<string>();

  constructor(document: JsonObject, operation: Operation) {
    this.#document = document;
    const { parameters: _, requestBody: body, responses: __, ...own } = operation.object;
    this.#state({ side: "operation", where: "", component: undefined }, own);
    const pending = [
      ...parametersOf(document, operation).flatMap((parameter) => this.#parameter(parameter)),
      ...this.#holder("sent", "/requestBody", body),
      ...responsesOf(document, operation).flatMap(([status, response]) => this.#response(status, response)),
    ];
    // Outer schemas come first, so that a component is entered where both versions are likeliest to have it.
    for (let next = pending.shift(); next; next = pending.shift()) pending.push(...this.#schema(next));
  }

  get all(): Iterable<StatedValue> {
    return this.#places.values();
  }

  /** The counterpart of a place of another version. */
  find({ side, where, component }: StatedValue): StatedValue | undefined {
    return this.#places.get(where) ?? this.#inComponents.get(`${side} ${component}`);
  }

  #parameter(parameter: JsonObject): Pending[] {
    const where = jsonPointer(["parameters", stringAt(parameter, "in") ?? "", stringAt(parameter, "name") ?? ""]);
    const { in: place, name: _, required: __, ...rest } = parameter;
    const style = stringAt(parameter, "style") ?? (place === "query" || place === "cookie" ? "form" : "simple");
    const form = { style, explode: parameter["explode"] ?? style === "form" };
    return this.#holder("sent", where, { ...rest, ...form });
  }

  #response(status: string, response: JsonObject): Pending[] {
    const where = jsonPointer(["responses", status]);
    const headers = Object.entries(objectAt(response, "headers")).flatMap(([name, header]) =>
      this.#holder("received", `${where}${jsonPointer(["headers", name])}`, header),
    );
    return [...this.#holder("received", where, response), ...headers];
  }

  /** A parameter, a header, a body or a response: what is stated about it, and the schemas that it has. */
  #holder(side: Side, where: string, given: JsonValue | undefined): Pending[] {
    const holder = dereference(this.#document, given);
    if (!isObject(holder)) return [];
    const { schema, content, headers: _, required: __, ...rest } = holder;
    this.#state({ side, where, component: undefined }, rest);
    const media = Object.entries(isObject(content) ? content : {}).flatMap(([type, value]): Pending[] => {
      const inner = `${where}${jsonPointer(["content", type])}`;
      const { schema: body, ...others } = isObject(value) ? value : {};
      this.#state({ side, where: inner, component: undefined }, others);
      return [{ side, where: `${inner}/schema`, component: undefined, schema: body }];
    });
    return [...(schema === undefined ? [] : [{ side, where: where, component: undefined, schema }]), ...media];
  }

  #state(place: Omit<StatedValue, "stated">, stated: JsonObject): void {
    const known = this.#places.get(place.where);
    // Several schemas may describe one value, such as those of an `allOf`.
    const all = known ? { ...stated, ...known.stated } : stated;
    const next = { ...place, component: known?.component ?? place.component, stated: all };
    this.#places.set(place.where, next);
    if (next.component !== undefined) this.#inComponents.set(`${next.side} ${next.component}`, next);
  }

  /** Records what a schema states, and returns the schemas inside. */
  #schema({ side, where, component, schema }: Pending): Pending[] {
    const target = dereference(this.#document, schema);
    if (!isObject(schema) || !isObject(target)) return [];
    const { $ref: ref, ...besides } = schema;
    const inside = typeof ref === "string" ? ref : component;
    const alternatives = this.#alternatives(target);
    const stated = Object.entries({ ...target, ...besides }).filter(([key]) => !structure.includes(key));
    const kind = target["anyOf"] === undefined ? "oneOf" : "anyOf";
    this.#state(
      { side, where, component: inside },
      {
        ...Object.fromEntries(stated.filter(([key, value]) => key !== "additionalProperties" || !isObject(value))),
        ...(alternatives.length > 1 && { alternatives: kind }),
        // A type that may also be null is shown as a union.
        ...(target["type"] !== undefined && { type: typesOf(target).filter((type) => type !== "null") }),
      },
    );
    if (typeof ref === "string") {
      if (this.#entered.has(`${side} ${ref}`)) return [];
      this.#entered.add(`${side} ${ref}`);
    }
    const at = (steps: string[], child: JsonValue | undefined): Pending => ({
      side,
      where: `${where}${jsonPointer(steps)}`,
      component: inside === undefined ? undefined : `${inside}${jsonPointer(steps)}`,
      schema: child,
    });
    return [
      ...Object.entries(objectAt(target, "properties")).map(([name, child]) => at(["properties", name], child)),
      at(["items"], target["items"]),
      at(["additionalProperties"], target["additionalProperties"]),
      ...list(target["prefixItems"]).map((child, index) => at(["prefixItems", String(index)], child)),
      // All of them describe the very same value, and so does the only one that is not null.
      ...list(target["allOf"]).map((child) => at([], child)),
      ...alternatives.map((child, index) => at(alternatives.length > 1 ? [kind, nameOf(child, index)] : [], child)),
    ];
  }

  #alternatives(schema: JsonObject): JsonValue[] {
    return [...list(schema["anyOf"]), ...list(schema["oneOf"])].filter(
      (child) => !isObject(child) || typesOf(child).join() !== "null",
    );
  }
}

/** A name for one of several alternatives that stays the same when their order changes. */
function nameOf(schema: JsonValue, index: number): string {
  return stringAt(schema, "$ref") ?? stringAt(schema, "title") ?? String(index);
}
