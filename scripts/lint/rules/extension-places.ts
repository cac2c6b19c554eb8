import { type ExtensionOwner, extensions } from "@gpu-scripts/openapi/extensions.ts";
import type { JsonValue, Place } from "@gpu-scripts/openapi/json.ts";
import { httpMethods } from "@gpu-scripts/openapi/operations.ts";
import { descriptionRule } from "../rule.ts";

/** Every extension of ours is where it is read and has the right type. Misspelled names, which would have no effect, are reported. */
export const extensionPlaces = descriptionRule("extension-places", (object, report, place) => {
  for (const [name, value] of Object.entries(object)) {
    const message = name.startsWith("x-") && complaint(name, value, place);
    if (message) report(message, name);
  }
});

function complaint(name: string, value: JsonValue, place: Place): string | undefined {
  const extension = extensions[name];
  if (!extension) {
    const meant = Object.keys(extensions).find((known) => editDistance(name, known) <= 2);
    return meant && `\`${name}\` is unknown; did you mean \`${meant}\`?`;
  }
  if (!isA[extension.owner](place)) return `\`${name}\` belongs on the ${extension.owner}, where it is read`;
  if (extension.isBoolean && typeof value !== "boolean") return `\`${name}\` must be true or false`;
  return undefined;
}

const isA: Record<ExtensionOwner, (place: Place) => boolean> = {
  root: (place) => place.length === 0,
  operation: (place) => place.length === 3 && place[0] === "paths" && (httpMethods as readonly unknown[]).includes(place[2]),
  response: (place) => place.at(-2) === "responses",
  "media type": (place) => place.at(-2) === "content",
  schema: (place) => {
    const [above, key] = place.slice(-2);
    if (key === "schema" || key === "items" || key === "additionalProperties") return true;
    if (above === "properties" || above === "patternProperties") return true;
    if (above === "schemas" && place[0] === "components") return true;
    return ["allOf", "anyOf", "oneOf", "prefixItems"].includes(String(above));
  },
};

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
