import { dereference, isObject, type JsonObject, type JsonValue, objectAt, type Place, stringAt } from "../json.ts";
import { bodiesOf, componentsOf, isRead, operationsOf, placeOf } from "../operations.ts";
import { hoist } from "./components.ts";
import type { Repair } from "./repair.ts";
import { typeName } from "./type-names.ts";

/** The media type that clients send and read. */
export const json = "application/json";

/** Whether a media type is JSON, or a wildcard. */
export function isJson(type: string): boolean {
  return /^(?:application\/(?:[\w.-]+\+)?json|\*\/\*)\s*(?:;|$)/i.test(type);
}

export function jsonSchemaOf(body: JsonObject): JsonValue | undefined {
  return objectAt(objectAt(body, "content"), json)["schema"];
}

/** Keeps one media type for each body, because nothing reads its other forms. */
export const jsonBodies: Repair = {
  title: "bodies reduced to `application/json`, if they have that media type",
  apply(document, note) {
    for (const { object, place, kind } of bodiesOf(document)) {
      const content = objectAt(object, "content");
      const types = Object.keys(content);
      const chosen = types.find((type) => type === json) ?? types.find(isJson);
      if (chosen === undefined) continue;
      const media = objectAt(content, chosen);
      const texts = Object.entries(content).filter(
        ([type, other]) => kind === "failure" && type === "text/plain" && showsText(other),
      );
      if (types.length > 1 + texts.length || chosen !== json) {
        object["content"] = { [json]: media, ...Object.fromEntries(texts) };
        note([...place, "content"]);
      }
      const { schema } = media;
      const isNothing = kind === "request" && !(isObject(schema) && Object.keys(schema).length > 0);
      if (schema === undefined || isNothing) {
        media["schema"] = kind === "request" ? { type: "object" } : {};
        note([...place, "content", json, "schema"]);
      }
    }
  },
};

/** Whether a media type shows that a failure may come as plain text. */
function showsText(media: JsonValue): boolean {
  const named = Object.values(objectAt(media, "examples"));
  return stringAt(media, "example") !== undefined || named.some((example) => stringAt(example, "value") !== undefined);
}

/** Inlines request bodies, because the generator does not follow references to them. */
export const inlineRequests: Repair = {
  title: "references to request bodies replaced by the body",
  apply(document, note) {
    for (const { object, kind, operation } of bodiesOf(document)) {
      if (kind !== "request" || stringAt(operation.object["requestBody"], "$ref") === undefined) continue;
      operation.object["requestBody"] = structuredClone(object);
      note([...placeOf(operation), "requestBody"]);
    }
  },
};

/** Moves inline bodies into components, so that their types have names. */
export const namedBodies: Repair = {
  title: "inline bodies moved into components",
  apply(document, note, { vendor }) {
    const done = new Set<string>();
    for (const { object, place, kind, operation } of bodiesOf(document)) {
      const isRequest = kind === "request";
      const name = typeName(stringAt(operation.object, "operationId") ?? "") + (isRequest ? "Request" : "Response");
      if (!isRequest && (kind === "failure" || done.has(name))) continue;
      if (!isRequest) done.add(name);
      const schema = jsonSchemaOf(object);
      if (!isObject(schema) || !isObject(schema["properties"])) continue;
      hoist(document, schema, name, vendor);
      note([...place, "content", json, "schema"]);
    }
  },
};

/** Removes optional bodies of reads: no runtime sends the body of a GET. */
export const readBodies: Repair = {
  title: "optional request bodies of reads dropped",
  apply(document, note) {
    for (const operation of operationsOf(document)) {
      const { object } = operation;
      if (!isRead(operation) || object["requestBody"] === undefined) continue;
      const body = dereference(document, object["requestBody"]);
      if (isObject(body) && body["required"] === true) continue;
      delete object["requestBody"];
      note([...placeOf(operation), "requestBody"]);
    }
  },
};

/** Removes callbacks, webhooks and links: they describe calls by the vendor, or relations between operations, and a client does not use them. */
export const otherDirections: Repair = {
  title: "webhooks, callbacks and links dropped",
  apply(document, note) {
    const drop = (owner: JsonObject, key: string, place: Place) => {
      if (owner[key] === undefined) return;
      delete owner[key];
      note([...place, key]);
    };
    drop(document, "webhooks", []);
    for (const operation of operationsOf(document)) drop(operation.object, "callbacks", placeOf(operation));
    for (const { object, place } of bodiesOf(document)) drop(object, "links", place);
    for (const [name, response] of Object.entries(componentsOf(document, "responses")))
      if (isObject(response)) drop(response, "links", ["components", "responses", name]);
    for (const key of ["links", "callbacks"]) drop(objectAt(document, "components"), key, ["components"]);
  },
};
