import { readFile } from "node:fs/promises";
import { CORE_SCHEMA, load } from "js-yaml";
import { parseDocument } from "yaml";
import { isObject, type JsonObject } from "./json.ts";
import { UserError } from "./user-error.ts";

/** Reads a YAML or JSON file that must hold an object; the error names the file, the line and the reason. */
export async function readYamlObject(path: string, shownAs: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    throw new UserError(`${shownAs}: cannot be read; does the file exist?`);
  }
  return parseYamlObject(text, shownAs);
}

/** Parses YAML or JSON text that must hold an object. */
export function parseYamlObject(text: string, shownAs: string): JsonObject {
  let value: unknown;
  try {
    value = load(text, { schema: CORE_SCHEMA });
  } catch {
    value = parseSlowly(text, shownAs);
  }
  if (!isObject(value)) throw new UserError(`${shownAs}: expected an object at the top of the document`);
  return value;
}

/** The parser that says where a mistake is, and why. */
function parseSlowly(text: string, shownAs: string): unknown {
  const document = parseDocument(text, { prettyErrors: true, version: "1.2", schema: "core" });
  const [problem] = document.errors;
  if (problem) {
    const line = problem.linePos?.[0].line;
    const reason = problem.message.split("\n")[0]?.replace(/ at line.*$/, "");
    throw new UserError(`${shownAs}${line ? `:${line}` : ""}: not readable as YAML or JSON: ${reason}`);
  }
  return document.toJS();
}
