import { isObject, type JsonObject, type JsonValue, objectAt } from "./json.ts";

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

/** The JSON among the contents of a body, by whatever media type it is named, as the runtime knows it; empty where there is none. */
export function jsonContent(body: JsonValue | undefined): JsonObject {
  const content = objectAt(body, "content");
  const type = Object.keys(content).find((name) => /^\s*application\/([^;]+\+)?json\s*(;|$)/i.test(name));
  return type === undefined ? {} : objectAt(content, type);
}
