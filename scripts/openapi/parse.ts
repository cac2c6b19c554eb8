import { CORE_SCHEMA, load, YAMLException } from "js-yaml";
import { shown } from "./characters.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { UserError } from "./user-error.ts";

/** Levels of nesting that a document may have. */
const mostLevels = 100;

/** Values that a document may have once its aliases are written out. */
const mostValues = 120_000;

/** Every value begins after one of these marks, so their number bounds what parsing costs. */
const mostMarks = 500_000;

/**
 * Parses YAML or JSON text that must hold an object; the error names the file, the line and the reason. The result is a tree: aliases
 * are written out. Text that would cost too much is refused before it is parsed.
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
 * Fails when a text has more parts than any document of a vendor: lines, entries, keys. Gives their number together with that of texts
 * that were read `before`, for documents that come in several.
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

/** Copies parsed values into a tree, within the limits. */
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
      throw new UserError(
        `${this.#shownAs}: is too large: it has more than ${mostValues} values once its aliases are written out`,
      );
    }
    if (level > mostLevels) {
      throw new UserError(`${this.#shownAs}: is nested more than ${mostLevels} levels deep, or an alias holds itself`);
    }
    if (Array.isArray(value)) return value.map((item) => this.#value(item, level + 1));
    return isObject(value) ? this.object(value, level) : value;
  }
}
