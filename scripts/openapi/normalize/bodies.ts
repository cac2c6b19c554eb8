import { dereference, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "../json.ts";
import { isRead, operationsOf, placeOf } from "../operations.ts";
import type { Repair } from "./repair.ts";
import { bodiesOf } from "./walk.ts";

/** The media type that clients send and read. */
export const json = "application/json";

/** Whether a media type is JSON, or a wildcard. */
export function isJson(type: string): boolean {
  return /^(?:application\/(?:[\w.-]+\+)?json|\*\/\*)\s*(?:;|$)/i.test(type);
}

/** Keeps one media type for each body, because nothing reads its other forms. */
export const jsonBodies: Repair = {
  title: "bodies reduced to `application/json`, where that is one of their forms",
  apply(document, note) {
    for (const { object, place, status } of bodiesOf(document)) {
      const content = objectAt(object, "content");
      const types = Object.keys(content);
      const chosen = types.find((type) => type === json) ?? types.find(isJson);
      if (chosen === undefined) continue;
      const media = isObject(content[chosen]) ? content[chosen] : {};
      const isFailure = status !== "request" && !status.startsWith("2");
      const texts = Object.entries(content).filter(([type, other]) => isFailure && type === "text/plain" && showsText(other));
      if (types.length > 1 + texts.length || chosen !== json) {
        object["content"] = { [json]: media, ...Object.fromEntries(texts) };
        note([...place, "content"]);
      }
      const isRequest = status === "request";
      if (media["schema"] === undefined || (isRequest && isEmpty(media["schema"]))) {
        media["schema"] = isRequest ? { type: "object" } : {};
        note([...place, "content", json, "schema"]);
      }
    }
  },
};

/** Whether a media type shows that a failure may come as plain text. */
function showsText(media: JsonValue): boolean {
  const named = Object.values(objectAt(media, "examples")).map((example) => objectAt({ example }, "example")["value"]);
  return [isObject(media) ? media["example"] : undefined, ...named].some((value) => typeof value === "string");
}

function isEmpty(schema: unknown): boolean {
  return isObject(schema) ? Object.keys(schema).length === 0 : true;
}

/** Inlines request bodies, because the generator does not follow references to them. */
export const inlineRequests: Repair = {
  title: "references of request bodies replaced by the body",
  apply(document, note) {
    for (const operation of operationsOf(document)) {
      const ref = stringAt(operation.object["requestBody"], "$ref");
      const [body] =
        ref === undefined ? [] : bodiesOf({ ...document, paths: { [operation.path]: { [operation.method]: operation.object } } });
      if (body?.status !== "request") continue;
      operation.object["requestBody"] = structuredClone(body.object);
      note([...placeOf(operation), "requestBody"]);
    }
  },
};

/** Removes optional bodies of reads: no runtime sends the body of a GET. */
export const readBodies: Repair = {
  title: "bodies of reads dropped that a call can do without",
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
    const drop = (owner: JsonObject, key: string, place: readonly (string | number)[]) => {
      if (owner[key] === undefined) return;
      delete owner[key];
      note([...place, key]);
    };
    drop(document, "webhooks", []);
    for (const operation of operationsOf(document)) drop(operation.object, "callbacks", placeOf(operation));
    for (const { object, place } of bodiesOf(document)) drop(object, "links", place);
    for (const [name, response] of Object.entries(objectAt(objectAt(document, "components"), "responses")))
      if (isObject(response)) drop(response, "links", ["components", "responses", name]);
    for (const key of ["links", "callbacks"]) drop(objectAt(document, "components"), key, ["components"]);
  },
};
