// Writes a vendor's text as TypeScript.
import { shown } from "../characters.ts";
import type { JsonValue } from "../json.ts";
import { UserError } from "../user-error.ts";

/**
 * Text inside a block comment; further lines begin with `indent` and a star. It cannot end the comment, and contains no tag and no
 * compiler directive.
 */
export function comment(text: string, indent = ""): string {
  return withoutTags(text.trim())
    .replaceAll("*/", "*\\/")
    .replace(/\r\n?|[\n\u2028\u2029]/g, `\n${indent}* `);
}

/** Escapes comment tags, such as `@deprecated`, and compiler directives, such as `@ts-ignore`. */
export function withoutTags(text: string): string {
  return text.replace(/(?<!\w)@(?=\w)/g, "\\@");
}

/** The same as one line. */
export function commentLine(text: string): string {
  return comment(text.replace(/\s+/g, " "));
}

/** A value as an expression. */
export function literal(value: JsonValue): string {
  return JSON.stringify(value);
}

/** A name as an identifier; `UserError` if it cannot be one. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new UserError(`"${shown(name)}" cannot be a name in TypeScript`);
  return name;
}
