import { isObject, objectAt, stringAt } from "../json.ts";
import { json } from "./bodies.ts";
import { hoist } from "./hoist.ts";
import type { Repair } from "./repair.ts";
import { typeName } from "./type-names.ts";
import { bodiesOf } from "./walk.ts";

/** Moves inline bodies into components, so that their types have names. */
export const namedBodies: Repair = {
  title: "bodies that are described where they are used made components",
  apply(document, note, { vendor }) {
    const done = new Set<string>();
    for (const { object, place, status, operation } of bodiesOf(document)) {
      const isRequest = status === "request";
      const name = typeName(stringAt(operation.object, "operationId") ?? "") + (isRequest ? "Request" : "Response");
      if (!isRequest && (!status.startsWith("2") || done.has(name))) continue;
      if (!isRequest) done.add(name);
      const schema = objectAt(objectAt(object, "content"), json)["schema"];
      if (!isObject(schema) || !isObject(schema["properties"])) continue;
      hoist(document, schema, name, vendor);
      note([...place, "content", json, "schema"]);
    }
  },
};
