import { dereference, type JsonObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isRead, type Operation, parametersOf } from "@gpu-scripts/openapi/operations.ts";
import { endingVerbs, verbOf } from "@gpu-scripts/openapi/verbs.ts";

/** Whether an operation may cost money and may be sent again. */
export interface Marks {
  why: string;
  marks: { "x-paid"?: boolean; "x-idempotent"?: boolean };
}

/** What is not known counts as paid, and nothing is sent twice that might hit another thing the second time. */
export function marksOf(document: JsonObject, operation: Operation, name: string): Marks {
  if (isRead(operation)) return { why: "", marks: {} };
  if (operation.method === "delete") {
    const isStable = deletesByUniqueId(document, operation);
    const why = isStable
      ? "HTTP allows a delete to be sent again, and its id is a UUID, which no later thing gets."
      : "Its id may be given to another thing later, which a second delete would hit.";
    return { why, marks: { "x-idempotent": isStable } };
  }
  if (endingVerbs.includes(verbOf(name) ?? "")) {
    const why = "It ends or gives back something, which costs nothing; whether it may be sent again is not documented.";
    return { why, marks: { "x-paid": false, "x-idempotent": false } };
  }
  if (isKeyOfUser(operation)) {
    const why = "Storing a public key costs nothing; whether it may be sent again is not documented.";
    return { why, marks: { "x-paid": false, "x-idempotent": false } };
  }
  return {
    why: "May cost money, as far as the document shows; so it is never sent twice.",
    marks: { "x-paid": true, "x-idempotent": false },
  };
}

/** SSH keys: no cloud bills them. */
function isKeyOfUser({ path }: Operation): boolean {
  const [last] = path
    .split("/")
    .filter((segment) => segment !== "" && !segment.startsWith("{"))
    .slice(-1);
  return /^ssh[-_]?keys?$/i.test(last ?? "");
}

function deletesByUniqueId(document: JsonObject, operation: Operation): boolean {
  const name = /\{([^{}]+)\}\/?$/.exec(operation.path)?.[1];
  const parameter = parametersOf(document, operation).find((one) => one["in"] === "path" && one["name"] === name);
  return stringAt(dereference(document, parameter?.["schema"]), "format") === "uuid";
}
