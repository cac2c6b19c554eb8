import { isObject, type JsonValue } from "@gpu-scripts/openapi/json.ts";
import { wordsOf } from "@gpu-scripts/openapi/schemas.ts";

/** The shape of a field's name, with few digits: ids, keys, addresses and names of people are not of it. */
const fieldName = /^[A-Za-z_][A-Za-z_-]*(?:\d{1,3}[A-Za-z_-]*)?$/;

/** Letters of the longest word in a name. Longer ones are parts of keys. */
const longestWord = 16;

/**
 * Whether a name that a response uses for a field is one that may be shown: it has the shape of a field's name, and it is not also a
 * value in the response, as the names in a map are.
 */
export function safeNames(response: JsonValue): (name: string) => boolean {
  const values = new Set<string>();
  const visit = (value: JsonValue): void => {
    if (typeof value === "string") values.add(value);
    else if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value)) Object.values(value).forEach(visit);
  };
  visit(response);
  return (name) =>
    name.length <= 40 && fieldName.test(name) && wordsOf(name).every((word) => word.length <= longestWord) && !values.has(name);
}
