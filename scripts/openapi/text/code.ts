// Where text of a vendor becomes TypeScript.
import { shown } from "../characters.ts";
import type { JsonValue } from "../json.ts";
import { UserError } from "../user-error.ts";

/**
 * Text inside a block comment, whose further lines begin with `indent` and a star. It cannot end the comment, and nothing in it is a
 * tag or a directive to the compiler.
 */
export function comment(text: string, indent = ""): string {
  return withoutTags(text.trim())
    .replaceAll("*/", "*\\/")
    .replace(/\r\n?|[\n\u2028\u2029]/g, `\n${indent}* `);
}

/** Text in which nothing is a tag of a comment, such as `@deprecated`, or a directive to the compiler, such as `@ts-ignore`. */
export function withoutTags(text: string): string {
  return text.replace(/(?<!\w)@(?=\w)/g, "\\@");
}

/** The same in one line. */
export function commentLine(text: string): string {
  return comment(text.replace(/\s+/g, " "));
}

/** A value as an expression. */
export function literal(value: JsonValue): string {
  return JSON.stringify(value);
}

/** A name as an identifier; fails where it cannot be one. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new UserError(`"${shown(name)}" cannot be a name in TypeScript`);
  return name;
}
