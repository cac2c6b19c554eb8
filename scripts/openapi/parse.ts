import { CORE_SCHEMA, load, YAMLException } from "js-yaml";
import { shown } from "./characters.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { UserError } from "./user-error.ts";

const mostLevels = 100;

/** The most values that a document may have with its aliases expanded. */
const mostValues = 400_000;

/** Every value begins after one of these characters, so their number bounds the cost of parsing. */
const mostMarks = 1_500_000;

/**
 * Parses YAML or JSON text that must hold an object; the error names the file, the line and the reason. The result is a tree with
 * aliases expanded. Text that would be too expensive is refused before it is parsed.
 */
export function parseObject(text: string, shownAs: string): JsonObject {
  refuseTooManyMarks(text, shownAs);
  let value: unknown;
  try {
    value = load(text, { schema: CORE_SCHEMA, maxDepth: mostLevels });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const place = error.mark ? `${shownAs}:${error.mark.line + 1}` : shownAs;
    throw new UserError(`${place}: not readable as YAML or JSON: ${shown(error.reason)}`);
  }
  if (!isObject(value)) throw new UserError(`${shownAs}: expected an object at the top of the document`);
  return asTree(value, shownAs);
}

/** Copies a parsed object into a tree and enforces the limits. */
function asTree(object: JsonObject, shownAs: string): JsonObject {
  let values = 0;
  const copyObject = (from: JsonObject, level: number): JsonObject =>
    Object.fromEntries(Object.entries(from).map(([key, child]) => [key, copy(child, level + 1)]));
  const copy = (value: JsonValue, level: number): JsonValue => {
    values += 1;
    if (values > mostValues)
      throw new UserError(`${shownAs}: is too large: it has more than ${mostValues} values with its aliases expanded`);
    if (level > mostLevels)
      throw new UserError(`${shownAs}: is nested more than ${mostLevels} levels deep, or an alias contains itself`);
    if (Array.isArray(value)) return value.map((item) => copy(item, level + 1));
    return isObject(value) ? copyObject(value, level) : value;
  };
  return copyObject(object, 0);
}

/**
 * Fails when a text has more lines, entries and keys than any vendor's document. Returns their number, added to `before`, the number in
 * the parts already read.
 */
export function refuseTooManyMarks(text: string, shownAs: string, before = 0): number {
  let marks = before;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if ("\n,[{:?".includes(character) || (character === "-" && text[index + 1] === " ")) marks += 1;
  }
  if (marks > mostMarks) {
    throw new UserError(`${shownAs}: is too large: it has ${marks} lines, entries and keys; at most ${mostMarks} are read`);
  }
  return marks;
}
