import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, type Place, stringAt } from "./json.ts";

export const httpMethods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;

/** The components of one kind, such as `schemas`, by name; empty if the document has none. */
export function componentsOf(document: JsonValue, section: string): JsonObject {
  return objectAt(objectAt(document, "components"), section);
}

/** One operation of an OpenAPI document. */
export interface Operation {
  path: string;
  /** In lower case, as in the document. */
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

/** The JSON content of a body, under any media type that the runtime reads as JSON; empty if there is none. */
export function jsonContent(body: JsonValue | undefined): JsonObject {
  const content = objectAt(body, "content");
  const type = Object.keys(content).find((name) => /^\s*application\/([^;]+\+)?json\s*(;|$)/i.test(name));
  return type === undefined ? {} : objectAt(content, type);
}

/** The content of a response that is a stream of server-sent events and has no JSON form; undefined for another. */
export function eventStreamOf(response: JsonValue | undefined): JsonObject | undefined {
  const content = objectAt(response, "content");
  const type = Object.keys(content).find((name) => /^\s*text\/event-stream\s*(;|$)/i.test(name));
  return type === undefined || Object.keys(content).length > 1 ? undefined : objectAt(content, type);
}

/** Whether a document has a stream of server-sent events. */
export function hasEventStream(document: JsonObject): boolean {
  return operationsOf(document).some((operation) =>
    successesOf(document, operation).some(([, response]) => eventStreamOf(response) !== undefined),
  );
}

/** Where an operation stands in its document. */
export function placeOf({ path, method }: Operation): Place {
  return ["paths", path, method];
}

/** `POST /instances`: how `source.yaml` and messages name an operation. */
export function operationKey({ path, method }: Pick<Operation, "path" | "method">): string {
  return `${method.toUpperCase()} ${path}`;
}

/** The operation's name, else its method and path. */
export function titleOf(operation: Operation): string {
  return stringAt(operation.object, "operationId") ?? operationKey(operation);
}

/** Reads change nothing at the vendor. */
export function isRead({ method }: Operation): boolean {
  return method === "get" || method === "head" || method === "options";
}

/** The security requirements of the operation: its own, else those of the document. `security: [{}]` requires nothing. */
export function requirementsOf(document: JsonObject, { object }: Operation): JsonObject[] {
  return list(object["security"] ?? document["security"])
    .filter(isObject)
    .filter((one) => Object.keys(one).length > 0);
}

/** Whether the operation needs a key. */
export function takesKey(document: JsonObject, operation: Operation): boolean {
  return requirementsOf(document, operation).length > 0;
}

/** The servers of the operation itself, else of its path; undefined where those of the document hold. */
export function ownServersOf(document: JsonObject, { path, object }: Operation): JsonValue | undefined {
  return object["servers"] ?? objectAt(objectAt(document, "paths"), path)["servers"];
}

/**
 * What the first of an operation's own servers leaves out at the end of the document's first server: `/v1` of `https://api.acme.dev/v1`
 * for `https://api.acme.dev`. Undefined for any other server, because the key would be sent elsewhere.
 */
export function leftOutOfServer(document: JsonObject, own: JsonValue): string | undefined {
  const [whole, start] = [document["servers"], own].map((servers) => stringAt(list(servers)[0], "url")?.replace(/\/+$/, ""));
  if (!whole || !start || !URL.canParse(whole) || !URL.canParse(start)) return undefined;
  if (new URL(whole).origin !== new URL(start).origin || !`${whole}/`.startsWith(`${start}/`)) return undefined;
  return whole.slice(start.length);
}

/** The operation's parameters, with references followed: its own, and those of its path that it does not override. */
export function parametersOf(document: JsonObject, { path, object }: Operation): JsonObject[] {
  const ofPath = objectAt(objectAt(document, "paths"), path)["parameters"];
  const all = [...list(ofPath), ...list(object["parameters"])].flatMap((parameter) => {
    const found = dereference(document, parameter);
    return isObject(found) ? [found] : [];
  });
  // The last of one place and name wins.
  return [...new Map(all.map((parameter) => [parameterKey(document, parameter), parameter])).values()];
}

/** What distinguishes a parameter from others, with references followed: its place and its name, such as `query cursor`. */
export function parameterKey(document: JsonObject, parameter: JsonValue): string {
  const found = dereference(document, parameter);
  return `${stringAt(found, "in")} ${stringAt(found, "name")}`;
}

/** The operation's responses by status, with references followed. */
export function responsesOf(document: JsonObject, { object }: Operation): [status: string, response: JsonObject][] {
  return Object.entries(objectAt(object, "responses")).flatMap(([status, response]): [string, JsonObject][] => {
    const found = dereference(document, response);
    return isObject(found) ? [[status, found]] : [];
  });
}

/** The operation's successful responses by status, with references followed. */
export function successesOf(document: JsonObject, operation: Operation): [status: string, response: JsonObject][] {
  return responsesOf(document, operation).filter(([status]) => status.startsWith("2"));
}

/** A request body or a response, where it is defined. */
export interface Body {
  object: JsonObject;
  place: Place;
  kind: "request" | "success" | "failure";
  /** `request`, or the status of a response. */
  status: string;
  operation: Operation;
}

/** The bodies of all operations; a shared body is yielded once for each operation. */
export function bodiesOf(document: JsonObject): Body[] {
  return operationsOf(document).flatMap((operation) => {
    const place = placeOf(operation);
    const holders: [string, JsonValue | undefined, Place][] = [
      ["request", operation.object["requestBody"], [...place, "requestBody"]],
      ...Object.entries(objectAt(operation.object, "responses")).map(([status, response]): [string, JsonValue, Place] => [
        status,
        response,
        [...place, "responses", status],
      ]),
    ];
    return holders.flatMap(([status, holder, at]): Body[] => {
      const found = dereference(document, holder);
      const kind = status === "request" ? status : status.startsWith("2") ? "success" : "failure";
      return isObject(found) ? [{ object: found, place: definedAt(holder, at), kind, status, operation }] : [];
    });
  });
}

/** Where a holder is defined: at its own place, or in the component that it refers to. */
export function definedAt(holder: JsonValue | undefined, place: Place): Place {
  const ref = isObject(holder) ? holder["$ref"] : undefined;
  return typeof ref === "string" && ref.startsWith("#/components/") ? ref.slice(2).split("/") : place;
}
