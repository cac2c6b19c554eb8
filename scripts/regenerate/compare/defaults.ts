// Defaults of what callers omit: neither the types nor the requests of other callers show that they changed.
import { isDeepStrictEqual } from "node:util";
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
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import type { ChangeFacts } from "../change.ts";
import { type Finding, jsonOrNull } from "./finding.ts";
import { operationName } from "./usage.ts";

/** Fields and parameters that callers send and whose default was changed, added or removed. */
export function defaultFindings(before: JsonObject, after: JsonObject): Finding[] {
  const fresh = new Map(operationsOf(after).map((operation) => [operationName(operation), operation]));
  return operationsOf(before).flatMap((operation) => {
    const counterpart = fresh.get(operationName(operation));
    if (!counterpart) return [];
    const [old, now] = [new Sent(before, operation), new Sent(after, counterpart)];
    return [...now.fields.values()].flatMap((field): Finding[] => {
      const known = old.fields.get(field.where) ?? old.inComponents.get(field.component ?? "");
      if (!known || isDeepStrictEqual(known.value, field.value)) return [];
      const values = { before: jsonOrNull(known.value), after: jsonOrNull(field.value) };
      const facts: ChangeFacts = { kind: "default-changed", place: field.where, ...values };
      return [{ operations: [operationName(operation)], impact: "major", where: field.where, facts }];
    });
  });
}

/** The default of one value that callers send. */
interface Field {
  where: string;
  /** The same place from the component that it lies in. */
  component: string | undefined;
  /** Its default. */
  value: JsonValue | undefined;
}

interface SentSchema {
  where: string;
  component: string | undefined;
  schema: JsonValue | undefined;
}

/** What an operation lets callers send. */
class Sent {
  readonly fields = new Map<string, Field>();
  readonly inComponents = new Map<string, Field>();
  readonly #document: JsonObject;
  /** Components are entered once: they may hold themselves, and be used many times. */
  readonly #entered = new Set<string>();

  constructor(document: JsonObject, operation: Operation) {
    this.#document = document;
    const schemas = [...this.#parameters(operation), ...this.#contents("/requestBody", operation.object["requestBody"])];
    // Outer schemas come first, so that a component is entered where both versions are likeliest to have it.
    for (let schema = schemas.shift(); schema; schema = schemas.shift()) schemas.push(...this.#visit(schema));
  }

  #parameters({ object, path }: Operation): SentSchema[] {
    const shared = objectAt(objectAt(this.#document, "paths"), path)["parameters"];
    return [...list(shared), ...list(object["parameters"])].flatMap((entry) => {
      const parameter = dereference(this.#document, entry);
      if (!isObject(parameter)) return [];
      const where = jsonPointer(["parameters", stringAt(parameter, "in") ?? "", stringAt(parameter, "name") ?? ""]);
      return [{ where, component: undefined, schema: parameter["schema"] }, ...this.#contents(where, parameter)];
    });
  }

  #contents(where: string, holder: JsonValue | undefined): SentSchema[] {
    return Object.entries(objectAt(dereference(this.#document, holder), "content")).map(([type, media]) => ({
      where: `${where}${jsonPointer(["content", type, "schema"])}`,
      component: undefined,
      schema: isObject(media) ? media["schema"] : undefined,
    }));
  }

  /** Records the default of a schema, and returns the schemas inside. */
  #visit({ where, component, schema }: SentSchema): SentSchema[] {
    if (!isObject(schema)) return [];
    const target = dereference(this.#document, schema);
    if (!isObject(target)) return [];
    const field: Field = { where, component, value: schema["default"] ?? target["default"] ?? this.fields.get(where)?.value };
    this.fields.set(where, field);
    if (component !== undefined) this.inComponents.set(component, field);
    const ref = stringAt(schema, "$ref");
    if (ref !== undefined && this.#entered.has(ref)) return [];
    if (ref !== undefined) this.#entered.add(ref);
    const inside = ref ?? component;
    const at = (steps: string[], child: JsonValue | undefined): SentSchema => ({
      where: `${where}${jsonPointer(steps)}`,
      component: inside === undefined ? undefined : `${inside}${jsonPointer(steps)}`,
      schema: child,
    });
    return [
      ...Object.entries(objectAt(target, "properties")).map(([name, child]) => at(["properties", name], child)),
      at(["items"], target["items"]),
      at(["additionalProperties"], target["additionalProperties"]),
      // All of them describe the very same value.
      ...list(target["allOf"]).map((child) => at([], child)),
      ...["anyOf", "oneOf"].flatMap((key) => list(target[key]).map((child, index) => at([key, nameOf(child, index)], child))),
    ];
  }
}

/** A name for one of several alternatives that stays the same when their order changes. */
function nameOf(schema: JsonValue, index: number): string {
  return stringAt(schema, "$ref") ?? stringAt(schema, "title") ?? String(index);
}
