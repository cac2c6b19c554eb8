import { dereference, isObject, type JsonObject, type Place, stringAt } from "./json.ts";
import { propertiesOf, typesOf, walkDescription, wordsOf } from "./schemas.ts";

/** Words in the names of fields that have a unit. */
const money = ["price", "cost", "hourly", "rate", "amount", "balance", "refund", "spend", "budget"];
const size = ["memory", "storage", "disk", "rootfs", "vram", "ram", "size", "bandwidth", "gb", "gib", "mb"];
const time = [
  "time",
  "timestamp",
  "timeout",
  "duration",
  "interval",
  "seconds",
  "sec",
  "minutes",
  "hours",
  "ttl",
  "uptime",
  "month",
];
const measured = new Set([...money, ...size, ...time]);

/** Names that hold such a word and count or name something. */
const countsOrNames = /^page | (id|name|count)$/;

/** A unit, or the note that the vendor does not document it. */
const unit =
  /\b([KMGT]i?B|bytes?|Gbps|Mbps|seconds?|milliseconds?|minutes?|hours?|days?|months?|US ?dollars?|dollars?|USD|cents?|currency|percent|RFC 3339|ISO 8601|Unix|unit|per page)\b|\bnot documented/i;

/** A property or a parameter that may have a unit. */
interface Measure {
  name: string;
  schema: JsonObject;
  /** The object with its description. */
  object: JsonObject;
  place: Place;
}

/** Prices, sizes and times whose description states no unit, nor that it is not documented. */
export function fieldsWithoutUnit(document: JsonObject): Measure[] {
  const properties = propertiesOf(document).map(({ name, schema, place }) => ({ name, schema, object: schema, place }));
  return [...properties, ...parametersOf(document)].filter(
    ({ name, schema }) => isMeasure(document, name, schema) && !unit.test(textOf(document, schema)),
  );
}

/** Parameters, read like properties: their description is outside of the schema. */
function parametersOf(document: JsonObject): Measure[] {
  const found: Measure[] = [];
  walkDescription(document, (object, place) => {
    const name = stringAt(object, "name");
    const schema = dereference(document, object["schema"]);
    if (!name || !["query", "header", "path"].includes(stringAt(object, "in") ?? "") || !isObject(schema)) return;
    const description = stringAt(object, "description") ?? stringAt(schema, "description") ?? "";
    found.push({ name, schema: { ...schema, description }, object, place });
  });
  return found;
}

function isMeasure(document: JsonObject, name: string, schema: JsonObject): boolean {
  const words = wordsOf(name);
  if (countsOrNames.test(words.join(" "))) return false;
  if (!words.some((word) => measured.has(word))) return false;
  const found = dereference(document, schema);
  if (!isObject(found)) return false;
  const types = typesOf(found);
  if (types.includes("number") || types.includes("integer")) return true;
  // Strings only if they hold a number: a price, not a path on a disk.
  return types.includes("string") && found["format"] === undefined && money.some((word) => words.includes(word));
}

function textOf(document: JsonObject, schema: JsonObject): string {
  const found = dereference(document, schema);
  return `${stringAt(schema, "description") ?? ""} ${stringAt(found, "description") ?? ""}`;
}
