import { CORE_SCHEMA, load, YAMLException } from "js-yaml";
import { shown } from "./characters.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { UserError } from "./user-error.ts";

/** The deepest nesting that a document may have. */
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
    throw new UserError(`${placeOf(error, shownAs)}: not readable as YAML or JSON: ${shown(error.reason)}`);
  }
  if (!isObject(value)) throw new UserError(`${shownAs}: expected an object at the top of the document`);
  return new Tree(shownAs).object(value, 0);
}

function placeOf({ mark }: YAMLException, shownAs: string): string {
  return mark ? `${shownAs}:${mark.line + 1}` : shownAs;
}

/**
 * Fails when a text has more lines, entries and keys than any vendor's document. Returns their number, added to `before`, the number in
 * the parts already read.
 */
export function refuseTooManyMarks(text: string, shownAs: string, before = 0): number {
  let marks = before;
  for (let index = 0; index < text.length; index += 1) {
    switch (text[index]) {
      case "\n":
      case ",":
      case "[":
      case "{":
      case ":":
      case "?":
        marks += 1;
        break;
      case "-":
        if (text[index + 1] === " ") marks += 1;
    }
  }
  if (marks > mostMarks) {
    throw new UserError(`${shownAs}: is too large: it has ${marks} lines, entries and keys; at most ${mostMarks} are read`);
  }
  return marks;
}

/** Copies parsed values into a tree and enforces the limits. */
class Tree {
  readonly #shownAs: string;
  #values = 0;

  constructor(shownAs: string) {
    this.#shownAs = shownAs;
  }

  object(object: JsonObject, level: number): JsonObject {
    return Object.fromEntries(Object.entries(object).map(([key, child]) => [key, this.#value(child, level + 1)]));
  }

  #value(value: JsonValue, level: number): JsonValue {
    this.#values += 1;
    if (this.#values > mostValues) {
      throw new UserError(`${this.#shownAs}: is too large: it has more than ${mostValues} values with its aliases expanded`);
    }
    if (level > mostLevels) {
      throw new UserError(`${this.#shownAs}: is nested more than ${mostLevels} levels deep, or an alias contains itself`);
    }
    if (Array.isArray(value)) return value.map((item) => this.#value(item, level + 1));
    return isObject(value) ? this.object(value, level) : value;
  }
}
