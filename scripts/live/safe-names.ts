import { isObject, type JsonValue } from "@gpu-scripts/openapi/json.ts";
import { wordsOf } from "@gpu-scripts/openapi/schemas.ts";

/** A field name with few digits. Ids, keys, addresses and full names of people do not match. */
const fieldName = /^[A-Za-z_][A-Za-z_-]*(?:\d{1,3}[A-Za-z_-]*)?$/;

/** The longest word in a field name. Longer words are parts of keys. */
const longestWord = 16;

/** Whether a field name of a response may be shown: it looks like a field name, and it is not also a value, as map keys often are. */
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
