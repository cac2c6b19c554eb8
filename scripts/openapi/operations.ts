import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, type Place, stringAt } from "./json.ts";

export const httpMethods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;

/** One operation of an OpenAPI document. */
export interface Operation {
  path: string;
  /** In lower case, as it stands in the document. */
  method: string;
  object: JsonObject;
}

/** Every operation of an OpenAPI document, in its order. */
export function operationsOf(document: JsonObject): Operation[] {
  return Object.entries(objectAt(document, "paths")).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).flatMap(([method, object]) =>
      (httpMethods as readonly string[]).includes(method) && isObject(object) ? [{ path, method, object }] : [],
    ),
  );
}

/** `METHOD /path`, as `source.yaml` lists operations. */
export function operationKey({ method, path }: Pick<Operation, "method" | "path">): string {
  return `${method.toUpperCase()} ${path}`;
}

/** Where an operation stands in its document. */
export function placeOf({ path, method }: Operation): Place {
  return ["paths", path, method];
}

/** What a person calls it. */
export function titleOf(operation: Operation): string {
  return stringAt(operation.object, "operationId") ?? operationKey(operation);
}

/** The JSON among the contents of a body, by whatever media type it is named, as the runtime knows it; empty where there is none. */
export function jsonContent(body: JsonValue | undefined): JsonObject {
  const content = objectAt(body, "content");
  const type = Object.keys(content).find((name) => /^\s*application\/([^;]+\+)?json\s*(;|$)/i.test(name));
  return type === undefined ? {} : objectAt(content, type);
}

/** Reads change nothing at the vendor. */
export function isRead({ method }: Operation): boolean {
  return method === "get" || method === "head" || method === "options";
}

/**
 * Whether the operation takes a key: `security` of the operation, or else of the document, names a scheme. `security: [{}]` names
 * none, so the operation is public.
 */
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
