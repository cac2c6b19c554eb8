// Edits overlay files as text, so that comments, quotes and line breaks of everything else stay as they are.

import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { yamlText } from "@gpu-scripts/openapi/yaml.ts";
import { type Document, isMap, isNode, isSeq, type Pair, parseDocument, type YAMLSeq } from "yaml";

/** What becomes of an action: another one, or fewer keys below its `update`, each by its steps; it is removed without either. */
export interface ActionEdit {
  /** Index of the action, from 0. */
  index: number;
  keys?: readonly (readonly string[])[];
  replacement?: JsonObject;
}

/** Replaces or removes actions, or removes parts of their updates, in an overlay's text. */
export function editOverlay(text: string, edits: readonly ActionEdit[], shownAs: string): string {
  if (edits.length === 0) return text;
  const document = parseDocument(text);
  const actions = actionsOf(document, shownAs);
  const changes = edits.flatMap(({ index, keys, replacement }): [Range, string][] => {
    if (keys) return keys.map((steps) => [keyRange(text, document, ["actions", index, "update", ...steps], shownAs), ""]);
    const range = itemRange(text, actions, index);
    return [[range, replacement ? render([replacement], indentOf(text, range[0])) : ""]];
  });
  const result = changes
    .sort(([a], [b]) => b[0] - a[0])
    .reduce((rest, [[start, end], put]) => rest.slice(0, start) + put + rest.slice(end), text);
  return isSeq(parseDocument(result).get("actions", true)) ? result : result.replace(/^actions:[ \t]*$/m, "actions: []");
}

/** Adds actions before all others of an overlay. */
export function prependActions(text: string, actions: readonly JsonObject[], shownAs: string): string {
  const document = parseDocument(text);
  const present = actionsOf(document, shownAs);
  if (present.items.length === 0) return text.replace(/^actions:.*$/m, () => `actions:\n${render(actions)}`);
  const [start] = itemRange(text, present, 0);
  return `${text.slice(0, start)}${render(actions, indentOf(text, start))}${text.slice(start)}`;
}

/** Adds actions after all others of an overlay. */
export function appendActions(text: string, actions: readonly JsonObject[], shownAs: string): string {
  if (actions.length === 0) return text;
  const document = parseDocument(text);
  const present = actionsOf(document, shownAs);
  if (present.items.length === 0) return text.replace(/^actions:.*$/m, () => `actions:\n${render(actions)}`);
  const indent = indentOf(text, itemRange(text, present, 0)[0]);
  return `${text.endsWith("\n") ? text : `${text}\n`}${render(actions, indent)}`;
}

/** Sets values at the top of a YAML file, such as `sha256` and `date` of `source.yaml`, and leaves the rest as it is. */
export function setAtTop(text: string, values: Readonly<Record<string, string | number | readonly string[]>>): string {
  let result = text;
  for (const [key, value] of Object.entries(values)) {
    const rendered = yamlText({ [key]: typeof value === "object" ? [...value] : value });
    const document = parseDocument(result);
    const pair = isMap(document.contents) ? document.contents.items.find(({ key: name }) => String(name) === key) : undefined;
    if (!pair) {
      result = `${result.endsWith("\n") ? result : `${result}\n`}${rendered}`;
      continue;
    }
    const start = startOf(pair);
    result = result.slice(0, start) + rendered + result.slice(endOfLine(result, contentEnd(result, pair)));
  }
  return result;
}

function actionsOf(document: Document.Parsed, shownAs: string): YAMLSeq {
  const actions = document.get("actions", true);
  if (!isSeq(actions)) throw new UserError(`${shownAs}: expected a list of actions`);
  return actions;
}

export function render(actions: readonly JsonObject[], indent = "  "): string {
  const text = yamlText(actions, 100);
  return `${text.replace(/(?<=^|\n)(?=[^\n])/g, indent)}\n`;
}

type Range = [start: number, end: number];

/** An item's lines: from its dash to the comment before the next item. */
function itemRange(text: string, sequence: YAMLSeq, index: number): Range {
  const start = lineOf(text, rangeOf(sequence.items[index])[0]);
  const next = sequence.items[index + 1];
  return [start, next === undefined ? text.length : beforeComments(text, lineOf(text, rangeOf(next)[0]))];
}

/** The lines of a key and its value in a block map. */
function keyRange(text: string, document: Document.Parsed, path: readonly (string | number)[], shownAs: string): Range {
  const map = document.getIn(path.slice(0, -1), true);
  const key = String(path.at(-1));
  const pair = isMap(map) ? map.items.find(({ key: name }) => String(name) === key) : undefined;
  if (!isMap(map) || !pair || map.flow) throw new UserError(`${shownAs}: cannot remove ${path.join(" → ")}; remove it by hand`);
  const start = lineOf(text, startOf(pair));
  return [start, endOfLine(text, contentEnd(text, pair))];
}

function rangeOf(node: unknown): [number, number, number] {
  const range = isNode(node) ? node.range : undefined;
  if (!range) throw new UserError("cannot find the place of an entry in a YAML file");
  return [range[0], range[1], range[2]];
}

function startOf(pair: Pair): number {
  return rangeOf(pair.key)[0];
}

function contentEnd(text: string, pair: Pair): number {
  const end = isNode(pair.value) ? rangeOf(pair.value)[1] : rangeOf(pair.key)[1];
  // A block value ends after its last line break.
  return text[end - 1] === "\n" ? end - 1 : end;
}

function lineOf(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

function indentOf(text: string, start: number): string {
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? "";
}

/** The start of the comments before an entry: lines that begin with `#`, indented no further than the entry itself. */
function beforeComments(text: string, offset: number): number {
  const depth = indentOf(text, offset).length;
  let start = offset;
  while (start > 0) {
    const line = lineOf(text, start - 1);
    if (text[line + indentOf(text, line).length] !== "#" || indentOf(text, line).length > depth) break;
    start = line;
  }
  return start;
}
