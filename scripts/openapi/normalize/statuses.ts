import { isDeepStrictEqual } from "node:util";
import { dereference, isObject, type JsonObject, objectAt, type Place, stringAt } from "../json.ts";
import { bodiesOf, operationsOf, placeOf } from "../operations.ts";
import type { Repair } from "./repair.ts";

/** Declares responses by number, without redirects: the client distinguishes responses by number and follows no redirects. */
export const statuses: Repair = {
  title: "responses declared by number, without redirects, with a success, and without bodies that HTTP does not have",
  apply(document, note) {
    for (const operation of operationsOf(document)) {
      const place: Place = [...placeOf(operation), "responses"];
      if (!isObject(operation.object["responses"])) {
        operation.object["responses"] = {};
        note(place);
      }
      const responses = objectAt(operation.object, "responses");
      for (const status of Object.keys(responses)) refine(responses, status, () => note([...place, status]));
      for (const status of ["204", "205"]) dropContent(document, responses, status, () => note([...place, status]));
      if (Object.keys(responses).some((status) => status.startsWith("2"))) continue;
      addSuccess(document, responses);
      note(place);
    }
    for (const { object, place, kind } of bodiesOf(document)) {
      if (kind === "request" || stringAt(object, "description")?.trim()) continue;
      object["description"] = kind === "success" ? "Done." : "A failure.";
      note([...place, "description"]);
    }
  },
};

function refine(responses: JsonObject, status: string, note: () => void): void {
  const number = /^([1-5])XX$/i.exec(status)?.[1];
  // A proxy's own 407 never reaches a caller of fetch as a response.
  const isKept = number === undefined && (/^(?:(?!407)[245]\d\d|default)$/.test(status) || status.startsWith("x-"));
  if (isKept) return;
  const value = responses[status];
  delete responses[status];
  note();
  if (number === undefined || number === "1" || number === "3" || value === undefined) return;
  responses[`${number}00`] ??= value;
}

/** Removes the body of responses whose status has none. Another status may share the definition. */
function dropContent(document: JsonObject, responses: JsonObject, status: string, note: () => void): void {
  const response = dereference(document, responses[status]);
  if (!isObject(response) || response["content"] === undefined) return;
  const { content: _, ...rest } = response;
  responses[status] = structuredClone(rest);
  note();
}

/** Treats an only response `default` as the success, unless other failures have the same body. */
function addSuccess(document: JsonObject, responses: JsonObject): void {
  const fallback = responses["default"];
  const content = (status: string) => objectAt(dereference(document, responses[status]), "content");
  const failures = Object.keys(responses).filter((status) => status !== "default");
  if (fallback !== undefined && !failures.some((status) => isDeepStrictEqual(content(status), content("default")))) {
    delete responses["default"];
    responses["200"] = fallback;
  } else responses["200"] = { description: "Done." };
}
