import { badExamples, exampleValidators, parametersIn } from "../examples/check.ts";
import { exampleValue, isPlaceholder, type Purpose } from "../examples/value.ts";
import { dereference, isObject, type JsonObject, type JsonValue, nodeAt, objectAt, type Place, stringAt } from "../json.ts";
import { bodiesOf } from "../operations.ts";
import { json } from "./bodies.ts";
import type { Repair } from "./repair.ts";

/** Marks a body or a parameter for which no example could be made, so that the tests skip it. */
export const noExample = "x-no-example";

export const wrongExamples: Repair = {
  title: "examples dropped that their schema rejects, or that are placeholders such as `string`",
  apply(document, note) {
    for (const { object, place } of bodiesOf(document)) {
      for (const [type, media] of Object.entries(objectAt(object, "content")))
        if (isObject(media)) dropPlaceholders(document, media, [...place, "content", type], note);
    }
    // Later entries of a list first, so that the positions of earlier ones stay correct.
    for (const { place } of badExamples(document).reverse()) {
      const owner = nodeAt(document, place.slice(0, -1));
      const key = place.at(-1);
      if (Array.isArray(owner)) owner.splice(Number(key), 1);
      else if (isObject(owner)) delete owner[String(key)];
      note(place);
      const holder = nodeAt(document, place.slice(0, -2));
      const isEmpty = (Array.isArray(owner) && owner.length === 0) || (isObject(owner) && Object.keys(owner).length === 0);
      if (place.at(-2) === "examples" && isEmpty && isObject(holder)) delete holder["examples"];
    }
  },
};

function dropPlaceholders(document: JsonObject, media: JsonObject, place: Place, note: (place: Place) => void): void {
  const examples = objectAt(media, "examples");
  for (const [name, entry] of Object.entries(examples)) {
    const found = dereference(document, entry);
    // The tests do not follow references to examples.
    if (found !== entry && isObject(found)) examples[name] = structuredClone(found);
    const value = objectAt(examples, name)["value"];
    if (value !== undefined && !isPlaceholder(value)) continue;
    delete examples[name];
    note([...place, "examples", name]);
  }
  if (media["examples"] !== undefined && Object.keys(examples).length === 0) delete media["examples"];
  if (media["example"] === undefined || !isPlaceholder(media["example"])) return;
  delete media["example"];
  note([...place, "example"]);
}

/** Gives every required body and parameter an example that its schema allows. */
export const madeExamples: Repair = {
  title: "missing examples generated from schemas",
  apply(document, note) {
    const validators = exampleValidators(document);
    const done = new Set<JsonObject>();
    for (const { object, place, kind, status } of bodiesOf(document)) {
      const media = objectAt(object, "content")[json];
      if (!isObject(media) || done.has(media)) continue;
      done.add(media);
      if (media["example"] !== undefined || media[noExample] === true) continue;
      if (Object.keys(objectAt(media, "examples")).length > 0) continue;
      const way = kind === "request" ? "request" : "response";
      const purpose: Purpose = kind === "failure" ? { way, failure: status } : { way };
      setExample(media, exampleValue(document, validators[way], media["schema"], purpose));
      note([...place, "content", json]);
    }
    for (const { object, place } of parametersIn(document)) {
      if (object["required"] !== true || object["example"] !== undefined || object[noExample] === true) continue;
      if (done.has(object)) continue;
      done.add(object);
      const own = objectAt(object, "schema")["example"];
      if (own !== undefined && !isPlaceholder(own)) continue;
      const [named] = Object.values(objectAt(object, "examples"));
      const shown = isObject(named) ? named["value"] : undefined;
      // The tests read `example`, and OpenAPI allows one of the two.
      delete object["examples"];
      setExample(
        object,
        shown ?? exampleValue(document, validators.request, object["schema"], { way: "request" }, stringAt(object, "name")),
      );
      note(place);
    }
  },
};

function setExample(owner: JsonObject, value: JsonValue | undefined): void {
  if (value === undefined) owner[noExample] = true;
  else owner["example"] = value;
}
