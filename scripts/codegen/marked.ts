import { UserError } from "@gpu-scripts/openapi/user-error.ts";

/**
 * Replaces the text between the lines `<!-- NAME:start -->` and `<!-- NAME:end -->` of a Markdown file. `UserError` unless the text has
 * each of these lines once, in this order.
 */
export function replaceMarked(text: string, shownAs: string, name: string, content: string): string {
  const { start, end } = markers(name);
  const from = lineAt(text, start);
  const to = lineAt(text, end);
  if (from < 0 || to < from) {
    throw new UserError(`${shownAs}: needs one line "${start}" and after it one line "${end}"; generated text goes between them`);
  }
  return `${text.slice(0, from)}${start}\n\n${content}\n${text.slice(to)}`;
}

/** The two lines that enclose a generated part. */
export function markers(name: string): { start: string; end: string } {
  return { start: `<!-- ${name}:start -->`, end: `<!-- ${name}:end -->` };
}

/** The position of the only line that consists of a marker; -1 when there is no such line, or more than one. */
function lineAt(text: string, marker: string): number {
  const lines = [...text.matchAll(new RegExp(`^${marker}$`, "gm"))];
  return lines.length === 1 ? (lines[0]?.index ?? -1) : -1;
}
