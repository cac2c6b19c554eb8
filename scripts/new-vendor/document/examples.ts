import { isObject, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { json } from "./bodies.ts";
import type { Draft, Location } from "./draft.ts";
import { exampleValue, isPlaceholder, type Purpose } from "./example-value.ts";

const why = "The vendor shows no example; made from the schema.";

/** Takes away examples that show nothing or break their own schema, by the places that the linter names. */
export function dropBadExamples(draft: Draft, broken: readonly Location[]): void {
  for (const location of broken) draft.removeIfThere(location, "The vendor's example breaks its own schema.");
  for (const media of bodies(draft).map(({ location }) => location)) {
    const node = objectAt(draft.at(media.slice(0, -1)), String(media.at(-1)));
    for (const name of Object.keys(objectAt(node, "examples"))) {
      const at = [...media, "examples", name];
      if (stringAt(draft.at(at), "$ref") !== undefined) draft.inline(at, "The tests read the example where it is used.");
      const value = objectAt(draft.at([...media, "examples"]), name)["value"];
      if (value === undefined || isPlaceholder(value)) draft.remove(at, "Shows nothing of what comes.");
    }
    if (isObject(node["examples"]) && Object.keys(objectAt(draft.at(media), "examples")).length === 0) {
      draft.remove([...media, "examples"], "None is left.");
    }
    if (node["example"] !== undefined && isPlaceholder(node["example"]))
      draft.remove([...media, "example"], "Shows nothing of what comes.");
  }
}

/** Gives every body and every parameter that a call must have an example that its schema allows. */
export function giveExamples(draft: Draft): void {
  for (const { location, purpose } of bodies(draft)) {
    const media = draft.at(location);
    if (!isObject(media) || media["example"] !== undefined || Object.keys(objectAt(media, "examples")).length > 0) continue;
    draft.update(location, why, { example: exampleValue(draft.document, media["schema"], purpose) });
  }
  for (const { path, method, object } of operationsOf(draft.document)) {
    for (const index of list(object["parameters"]).keys()) {
      const location = draft.resolve(["paths", path, method, "parameters", index]);
      const parameter = draft.at(location);
      if (!isObject(parameter) || parameter["required"] !== true || parameter["example"] !== undefined) continue;
      const schema = objectAt(parameter, "schema");
      const own = schema["example"];
      if (own !== undefined && !isPlaceholder(own)) continue;
      const [named] = Object.values(objectAt(parameter, "examples"));
      const shown = isObject(named) ? named["value"] : undefined;
      if (parameter["examples"] !== undefined)
        draft.remove([...location, "examples"], "One example is enough, and the tests read `example`.");
      const value = shown ?? exampleValue(draft.document, schema, { way: "request" }, stringAt(parameter, "name"));
      draft.update(location, why, { example: value });
    }
  }
}

/** Every JSON body, once, where it really stands. */
function bodies(draft: Draft): { location: Location; purpose: Purpose }[] {
  const found = new Map<string, { location: Location; purpose: Purpose }>();
  for (const { path, method, object } of operationsOf(draft.document)) {
    const place = ["paths", path, method];
    const holders: [Location, Purpose][] = [
      [[...place, "requestBody"], { way: "request" }],
      ...Object.keys(objectAt(object, "responses")).map((status): [Location, Purpose] => [
        draft.resolve([...place, "responses", status]),
        status.startsWith("2") ? { way: "answer" } : { way: "answer", failure: status },
      ]),
    ];
    for (const [holder, purpose] of holders) {
      const location = [...holder, "content", json];
      if (draft.at(location) !== undefined) found.set(JSON.stringify(location), { location, purpose });
    }
  }
  return [...found.values()];
}
