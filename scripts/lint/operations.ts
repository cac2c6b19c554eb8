import { dereference, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "../json.ts";
import { type Operation, operationsOf } from "../openapi.ts";
import type { Place, Problem } from "./rule.ts";

/** Where an operation stands in its document. */
export function placeOf({ path, method }: Operation): Place {
  return ["paths", path, method];
}

/** What a person calls it. */
export function titleOf({ path, method, object }: Operation): string {
  return stringAt(object, "operationId") ?? `${method.toUpperCase()} ${path}`;
}

/** Reads change nothing at the vendor. */
export function isRead({ method }: Operation): boolean {
  return method === "get" || method === "head" || method === "options";
}

/** Whether the operation takes a key: by itself, or because the document says so for all. */
export function takesKey(document: JsonObject, { object }: Operation): boolean {
  return list(object["security"] ?? document["security"]).some((scheme) => isObject(scheme) && Object.keys(scheme).length > 0);
}

/** The operation's parameters, with references followed: its own, and those of its path that it does not say otherwise. */
export function parametersOf(document: JsonObject, { path, object }: Operation): JsonObject[] {
  const ofPath = objectAt(objectAt(document, "paths"), path)["parameters"];
  const all = [...list(ofPath), ...list(object["parameters"])].flatMap((parameter) => {
    const found = dereference(document, parameter);
    return isObject(found) ? [found] : [];
  });
  // The last of one place and name wins.
  const said = new Map(all.map((parameter) => [`${stringAt(parameter, "in")} ${stringAt(parameter, "name")}`, parameter]));
  return [...said.values()];
}

/** The operation's responses by status, with references followed. */
export function responsesOf(document: JsonObject, { object }: Operation): [status: string, response: JsonObject][] {
  return Object.entries(objectAt(object, "responses")).flatMap(([status, response]): [string, JsonObject][] => {
    const found = dereference(document, response);
    return isObject(found) ? [[status, found]] : [];
  });
}

/** Asks `ask` about every operation of a document. */
export function eachOperation(document: JsonObject, ask: (operation: Operation) => Problem[]): Problem[] {
  return operationsOf(document).flatMap(ask);
}

export function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
