import { isObject, type JsonObject, objectAt, stringAt } from "../json.ts";
import { bodiesOf, operationsOf, placeOf, responsesOf, takesKey } from "../operations.ts";
import { json, jsonSchemaOf } from "./bodies.ts";
import { hoist, madeSection, renameComponents } from "./components.ts";
import type { Repair } from "./repair.ts";

/** The schema name of error bodies, the same for every vendor. */
const errorBody = "ApiErrorBody";

/** Gives the component that most error responses use that name. */
export const errorBodyName: Repair = {
  title: `the schema of error bodies named \`${errorBody}\``,
  apply(document, note, { vendor }) {
    const schemas = madeSection(document, "schemas");
    if (schemas[errorBody] !== undefined) return;
    const failures = bodiesOf(document).filter(({ kind }) => kind === "failure");
    const counts = new Map<string, number>();
    for (const { object } of failures) {
      const ref = stringAt(jsonSchemaOf(object), "$ref");
      const name = /^#\/components\/schemas\/([^/]+)$/.exec(ref ?? "")?.[1];
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const [common] = [...counts].sort(([, a], [, b]) => b - a);
    if (common !== undefined && schemas[common[0]] !== undefined) {
      renameComponents(document, "schemas", new Map([[common[0], errorBody]]));
      note(["components", "schemas", common[0]]);
      return;
    }
    for (const { object, place } of failures) {
      const schema = jsonSchemaOf(object);
      if (!isObject(schema) || Object.keys(schema).length === 0) continue;
      hoist(document, schema, errorBody, vendor);
      note([...place, "content", json, "schema"]);
      return;
    }
  },
};

/** Adds the responses `401`, if the operation takes a key, and `default`, each with a body. */
export const failures: Repair = {
  title: "missing error responses and missing bodies of error responses added",
  apply(document, note) {
    for (const { object, place, kind } of bodiesOf(document)) {
      if (kind !== "failure" || jsonSchemaOf(object) !== undefined) continue;
      object["content"] = { [json]: { schema: usualBody(document) } };
      note(place);
    }
    for (const operation of operationsOf(document)) {
      const declared = responsesOf(document, operation).map(([status]) => status);
      const keyed = takesKey(document, operation);
      const lacking = [
        ...(keyed && !declared.includes("401") ? ["401"] : []),
        ...(!keyed && !declared.some((status) => status.startsWith("4")) ? ["429"] : []),
        ...(declared.includes("default") ? [] : ["default"]),
      ];
      for (const status of lacking) {
        objectAt(operation.object, "responses")[status] = { $ref: `#/components/responses/${sharedResponse(document, status)}` };
        note([...placeOf(operation), "responses", status]);
      }
    }
  },
};

const shared: Readonly<Record<string, { name: string; description: string }>> = {
  "401": { name: "Unauthorized", description: "The API key is missing, wrong or revoked." },
  "429": { name: "TooManyRequests", description: "Too many requests; wait." },
  default: { name: "UnexpectedError", description: "Any status that is not documented." },
};

/** The name of the shared response of a status, which is created if the document has none. */
function sharedResponse(document: JsonObject, status: string): string {
  const { name = "", description = "" } = shared[status] ?? {};
  const responses = madeSection(document, "responses");
  const made = { description, content: { [json]: { schema: usualBody(document) } } };
  const isOurs = (key: string) => objectAt(responses, key)["description"] === description;
  const chosen = responses[name] === undefined || isOurs(name) ? name : `Any${name}`;
  if (!isOurs(chosen)) responses[chosen] = made;
  return chosen;
}

function usualBody(document: JsonObject): JsonObject {
  const schemas = madeSection(document, "schemas");
  schemas[errorBody] ??= {
    type: "object",
    description: "A failure. Not documented by the vendor: every field may be missing, and others may appear.",
    properties: { message: { type: "string", description: "Text for people, if there is one." } },
  };
  return { $ref: `#/components/schemas/${errorBody}` };
}
