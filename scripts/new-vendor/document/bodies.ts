// Bodies, parameters and answers in the one form that the generator and the runtime read.
import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject, type JsonValue, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import type { Draft, Location } from "./draft.ts";

/** Whether a media type is JSON, or stands for anything. */
export function isJson(type: string): boolean {
  return /^(?:application\/(?:[\w.-]+\+)?json|\*\/\*)\s*(?:;|$)/i.test(type);
}

/** The one media type that clients send and read. */
export const json = "application/json";

/** Every operation says its own parameters, body and answers, in JSON, each status by its number. */
export function straightenOperations(draft: Draft): void {
  for (const operation of operationsOf(draft.document)) {
    const place = placeOf(operation);
    liftParameters(draft, operation);
    if (isReference(draft.at([...place, "requestBody"]))) {
      draft.inline([...place, "requestBody"], "The generator reads the body where it is used.");
    }
    if (draft.at([...place, "requestBody"]) !== undefined) onlyJson(draft, [...place, "requestBody"]);
    draft.removeIfThere([...place, "callbacks"], "What the vendor calls is no part of a client.");
    if (!isObject(operation.object["responses"])) draft.update(place, "The document declares no answer.", { responses: {} });
    refineStatuses(draft, [...place, "responses"]);
    for (const [status, response] of Object.entries(objectAt(draft.at(place), "responses"))) {
      if (!isObject(response)) continue;
      const answer = draft.resolve([...place, "responses", status]);
      draft.removeIfThere([...answer, "links"], "They name operations as the vendor does, and are read by nothing.");
      if (stringAt(draft.at(answer), "description") === undefined) {
        draft.update(answer, "Every answer says what it is.", { description: status.startsWith("2") ? "Done." : "A failure." });
      }
      onlyJson(draft, answer);
    }
  }
  dropPathTexts(draft);
}

function placeOf({ path, method }: Operation): Location {
  return ["paths", path, method];
}

/** Parameters that a path says for all of its operations go to each; those that HTTP itself sets go away. */
function liftParameters(draft: Draft, operation: Operation): void {
  const place = placeOf(operation);
  const ofPath = ["paths", operation.path, "parameters"];
  const shared = list(draft.at(ofPath));
  const own = list(draft.at([...place, "parameters"]));
  const sharedIndices = [...shared.keys()].filter((index) => {
    const key = identityOf(draft, [...ofPath, index]);
    return !own.some((_, at) => identityOf(draft, [...place, "parameters", at]) === key);
  });
  if (sharedIndices.length > 0 && draft.at([...place, "parameters"]) === undefined) {
    draft.update(place, "Room for the parameters of the path.", { parameters: [] });
  }
  const whole = sharedIndices.length === shared.length ? [ofPath] : sharedIndices.map((index) => [...ofPath, index]);
  for (const from of sharedIndices.length > 0 ? whole : []) {
    draft.copy(from, [...place, "parameters"], "The path says it for all of its operations; each says its own.");
  }
  const parameters = list(draft.at([...place, "parameters"]));
  for (const index of [...parameters.keys()].reverse()) {
    const [where, name] = identityOf(draft, [...place, "parameters", index]).split(" ");
    if (where === "header" && ["authorization", "accept", "content-type"].includes(name?.toLowerCase() ?? "")) {
      draft.remove([...place, "parameters", index], "The client sets this header itself; OpenAPI says to read over it here.");
    } else if (where === "path") {
      const at = draft.resolve([...place, "parameters", index]);
      if (draft.at([...at, "required"]) === true) continue;
      draft.update(at, "A parameter of the path is always required.", { required: true });
    }
  }
  const named = list(draft.at([...place, "parameters"])).map((_, index) => identityOf(draft, [...place, "parameters", index]));
  const missing = [...operation.path.matchAll(/\{([^{}]+)\}/g)].flatMap(([, name]) =>
    name === undefined || named.includes(`path ${name}`) ? [] : [name],
  );
  if (missing.length > 0) {
    draft.update(place, "The path has these parameters, and the document does not declare them.", {
      parameters: missing.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
    });
  }
}

function identityOf(draft: Draft, location: Location): string {
  const parameter = draft.at(draft.resolve(location));
  return `${stringAt(parameter, "in")} ${stringAt(parameter, "name")}`;
}

/** What a path says for all of its operations has gone to each of them, or is read by nothing. */
function dropPathTexts(draft: Draft): void {
  for (const [path, item] of Object.entries(objectAt(draft.document, "paths"))) {
    for (const key of ["parameters", "summary", "description", "servers"]) {
      if (isObject(item)) draft.removeIfThere(["paths", path, key], "Each operation says it for itself.");
    }
  }
}

/** One media type, `application/json`; other forms of the same body are read by nothing. */
function onlyJson(draft: Draft, holder: Location): void {
  const types = Object.keys(objectAt(draft.at(holder), "content"));
  const chosen = types.find((type) => type === json) ?? types.find(isJson);
  if (chosen === undefined) return;
  if (chosen !== json) {
    draft.move([...holder, "content", chosen], [...holder, "content", json], "The client sends and reads JSON.");
  }
  for (const type of types) {
    if (type !== chosen) draft.remove([...holder, "content", type], "The client sends and reads JSON.");
  }
  mendSchema(draft, [...holder, "content", json]);
}

/** A body whose schema says too little to tell a right one from a wrong one. */
function mendSchema(draft: Draft, media: Location): void {
  if (draft.at([...media, "schema"]) === undefined) {
    draft.update(media, "The document does not say what the body holds; it may be anything.", { schema: {} });
  }
  const schema = objectAt(draft.at(media), "schema");
  if (Object.keys(schema).length === 0 && media.includes("requestBody")) {
    const why = "The document does not say what the body holds; it is an object, or nothing would be checked.";
    draft.update(media, why, { schema: { type: "object" } });
    return;
  }
  const variants = list(schema["oneOf"]);
  const [only, ...others] = variants.filter((variant) => !isAnyObject(variant));
  if (variants.length === 2 && only !== undefined && others.length === 0 && isReference(only)) {
    const why =
      "Every valid body matches both variants, so a strict validator refuses it; the one that says something is the body.";
    draft.remove([...media, "schema", "oneOf"], why);
    draft.update([...media, "schema"], why, { $ref: (only as JsonObject)["$ref"] ?? "" });
  }
}

/** A variant that every object matches. */
function isAnyObject(variant: JsonValue): boolean {
  return isObject(variant) && Object.keys(variant).length === 1 && variant["type"] === "object";
}

/** Statuses by number; no redirects, which the client never follows; at least one success. */
function refineStatuses(draft: Draft, responses: Location): void {
  const statuses = () => Object.keys(objectAt(draft.at(responses.slice(0, -1)), "responses"));
  for (const status of statuses()) {
    const number = /^([1-5])XX$/i.exec(status)?.[1];
    if (/^[13]/.test(status)) {
      draft.remove([...responses, status], "The client follows no redirect, so it is an error like any other.");
    } else if (number !== undefined && statuses().includes(`${number}00`)) {
      draft.remove([...responses, status], "Said by number beside it, and by `default`.");
    } else if (number !== undefined) {
      draft.move([...responses, status], [...responses, `${number}00`], "Answers are told apart by number.");
    }
  }
  if (statuses().some((status) => status.startsWith("2"))) return;
  const fallback = draft.at([...responses, "default"]);
  const failures = statuses().filter((status) => status !== "default");
  if (
    fallback !== undefined &&
    !failures.some((status) => hasSameBody(draft, [...responses, status], [...responses, "default"]))
  ) {
    const why = "The only answer that the document has, beside failures of another shape, is its success.";
    draft.move([...responses, "default"], [...responses, "200"], why);
  } else {
    draft.update(responses, "The document declares no success; the answer is taken for empty.", {
      "200": { description: "Done." },
    });
  }
  draft.left.push(`what ${String(responses[2]).toUpperCase()} ${String(responses[1])} answers: the document declares no success`);
}

function hasSameBody(draft: Draft, one: Location, other: Location): boolean {
  const [a, b] = [one, other].map((location) => objectAt(draft.at(draft.resolve(location)), "content"));
  return isDeepStrictEqual(a, b);
}

function isReference(value: JsonValue | undefined): boolean {
  return isObject(value) && typeof value["$ref"] === "string";
}
