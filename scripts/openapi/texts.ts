import { firstHidden, hasHidden, shown, withoutHidden } from "./characters.ts";
import { isObject, type JsonObject, type JsonValue, jsonPointer, type Place } from "./json.ts";
import { UserError } from "./user-error.ts";

/** Keys whose values are written for people. */
const texts = new Set(["description", "summary", "title"]);

/** Keys whose values are samples, or extensions for the vendor's own tools: a client neither sends nor compares them. */
function isSample(key: string): boolean {
  return key === "example" || key === "examples" || (key.startsWith("x-") && key !== "x-extensible-enum");
}

/**
 * The document without hidden characters in texts and examples, with uniform line breaks. In names, and in values that clients send or
 * compare, hidden characters are an error: removing them would change the meaning.
 */
export function withPlainTexts(document: JsonObject, shownAs: string): { document: JsonObject; cleaned: string[] } {
  const cleaned: string[] = [];
  const visit = (value: JsonValue, location: Place, kind: "text" | "sample" | "value"): JsonValue => {
    if (typeof value === "string") {
      if (kind === "value") {
        refuseHidden(value, location, shownAs);
        return value;
      }
      const plain = withoutHidden(kind === "text" ? value.replace(/\r\n?/g, "\n") : value);
      if (hasHidden(value)) cleaned.push(jsonPointer(location));
      return plain;
    }
    const within = kind === "sample";
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...location, index], within ? kind : "value"));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => {
        const place = [...location, key];
        refuseName(key, place, shownAs);
        if (within || isSample(key)) return [key, visit(child, place, "sample")];
        return [key, visit(child, place, texts.has(key) ? "text" : "value")];
      }),
    );
  };
  return { document: visit(document, [], "value") as JsonObject, cleaned };
}

function refuseName(name: string, place: Place, shownAs: string): void {
  refuseHidden(name, place, shownAs);
  if (/[\t\n\r]/.test(name)) throw new UserError(`${shownAs}: the name ${shown(jsonPointer(place))} has a line break or a tab`);
  if (name === "__proto__")
    throw new UserError(`${shownAs}: ${shown(jsonPointer(place))} has the name \`__proto__\`, which no client can support`);
}

function refuseHidden(text: string, place: Place, shownAs: string): void {
  const hidden = firstHidden(text);
  if (hidden === undefined) return;
  throw new UserError(
    `${shownAs}: ${shown(jsonPointer(place))} has the hidden character ${hidden} in a name or value; only texts may lose it`,
  );
}
