import { resolve, sep } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { shown } from "./characters.ts";
import { type Admitted, admit, type Origin } from "./door.ts";
import { isObject, type JsonObject, list, stringAt } from "./json.ts";
import { type Allowance, inGroups, isHtml, isUrl, load, newAllowance, resolveLink } from "./load.ts";
import { operationsOf } from "./operations.ts";
import { refuseTooManyMarks } from "./parse.ts";
import { UserError } from "./user-error.ts";
import { yamlText } from "./yaml.ts";

const mostPages = 500;

/**
 * Reads an OpenAPI document from a file or URL: JSON, YAML, a Markdown page with the document in a code fence, or the index of
 * such pages (llms.txt), which are merged into one document. Its text is as published; that of merged pages is written anew.
 */
export async function readPublished(place: string, origin: Origin): Promise<Admitted> {
  const allowance = newAllowance();
  const text = await load(place, allowance);
  const marks = refuseTooManyMarks(text, place);
  if (text.trim() === "") throw new UserError(`${place}: is empty`);
  if (isHtml(text)) {
    throw new UserError(
      `${place}: is HTML, not an OpenAPI document; documentation sites often have Markdown at the same address with .md`,
    );
  }
  if (text.trimStart().startsWith("{")) {
    refuseBrokenJson(text, place);
    return admit(text, place, origin);
  }
  const fences = openApiFences(text, place);
  if (fences.length > 0) return mergeAll(admitAll(fences, place, origin), place, origin);
  if (hasOpenApiKey(text)) return admit(text, place, origin);
  return mergeAll(await readIndex(text, place, origin, { ...allowance, marks }), place, origin);
}

/** The documents of the pages that an index lists; together they may be no larger than one. */
async function readIndex(
  index: string,
  place: string,
  origin: Origin,
  allowance: Allowance & { marks: number },
): Promise<Admitted[]> {
  const links = linksOf(index, place);
  if (links.length === 0) {
    throw new UserError(
      `${place}: has no OpenAPI document: neither JSON, YAML, a Markdown page with one in a code fence, nor an index of such pages`,
    );
  }
  if (links.length > mostPages) throw new UserError(`${place}: links to ${links.length} pages, more than ${mostPages}`);
  // A page that cannot be read would look like removed operations, so any failure is final.
  const found = await inGroups(links, async (link) => {
    const text = await load(link, allowance);
    allowance.marks = refuseTooManyMarks(text, link, allowance.marks);
    return isHtml(text) ? [] : admitAll(openApiFences(text, link), link, origin);
  });
  if (found.length === 0)
    throw new UserError(`${place}: none of the ${links.length} pages that it links to has an OpenAPI code fence`);
  return found;
}

function admitAll(texts: readonly string[], place: string, origin: Origin): Admitted[] {
  return texts.map((text) => admit(text, place, origin));
}

/** The pages that an index links to: Markdown on the index's own server, or in its own folder. */
function linksOf(index: string, place: string): string[] {
  const targets = [...index.matchAll(/\]\(\s{0,8}<?([^)\s<>]{1,1000})/g)].flatMap(([, link]) => {
    const target = link === undefined ? undefined : resolveLink(link, place);
    return target !== undefined && /\.mdx?(?:\?.*)?$/.test(target) && target !== place ? [target] : [];
  });
  const isNear = (target: string) =>
    isUrl(place)
      ? new URL(target).origin === new URL(place).origin
      : !isUrl(target) && target.startsWith(`${resolve(place, "..")}${sep}`);
  return [...new Set(targets)].filter(isNear);
}

function hasOpenApiKey(text: string): boolean {
  return /^["']?(?:openapi|swagger)["']?\s*:/m.test(text);
}

/** JSON that ends early is a download that was cut. */
function refuseBrokenJson(text: string, place: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new UserError(`${place}: is truncated or not JSON: ${shown(error instanceof Error ? error.message : String(error))}`);
  }
}

/** The texts of OpenAPI documents in the code fences of a Markdown page. */
function openApiFences(page: string, place: string): string[] {
  const documents: string[] = [];
  const lines = page.split("\n");
  let fence: { marker: string; start: number } | undefined;
  lines.forEach((line, index) => {
    const marker = /^(`{3,}|~{3,})/.exec(line)?.[1];
    if (marker === undefined) return;
    if (!fence) {
      fence = { marker, start: index + 1 };
    } else if (marker.startsWith(fence.marker) && line.trim() === marker) {
      const text = lines
        .slice(fence.start, index)
        .map((content) => `${content}\n`)
        .join("");
      if (text.trimStart().startsWith("{") ? /"openapi"\s*:/.test(text) : hasOpenApiKey(text)) documents.push(text);
      fence = undefined;
    }
  });
  if (fence) throw new UserError(`${place}: is truncated: the code fence that opens on line ${fence.start} is never closed`);
  return documents;
}

/** One document of several, each of which holds some operations and the components that these use. */
function mergeAll(documents: readonly Admitted[], place: string, origin: Origin): Admitted {
  const [first, ...others] = documents;
  if (!first) throw new UserError(`${place}: has no OpenAPI document`);
  if (others.length === 0) return first;
  const merged = structuredClone(first.document);
  for (const { document } of others) mergeDocument(merged, document, place);
  const text = yamlText(merged);
  return { ...admit(text, place, origin), notes: documents.flatMap(({ notes }) => notes) };
}

function mergeDocument(merged: JsonObject, document: JsonObject, place: string): void {
  for (const operation of operationsOf(document)) {
    // The root of a page applies to its own operations only.
    for (const key of ["servers", "security"]) {
      const value = document[key];
      if (operation.object[key] === undefined && value !== undefined && !isDeepStrictEqual(value, merged[key])) {
        operation.object[key] = value;
      }
    }
  }
  for (const key of ["paths", "components"]) {
    if (isObject(document[key])) mergeEntries(merged, { [key]: document[key] }, [], place);
  }
  const tags = list(merged["tags"]);
  for (const tag of list(document["tags"])) {
    if (!tags.some((present) => stringAt(present, "name") === stringAt(tag, "name"))) tags.push(tag);
  }
  if (tags.length > 0) merged["tags"] = tags;
}

/** Adds paths with their methods, and components by section. Those that both documents have must be equal. */
function mergeEntries(into: JsonObject, from: JsonObject, steps: readonly string[], place: string): void {
  for (const [key, value] of Object.entries(from)) {
    const present = into[key];
    const at = [...steps, key];
    if (present === undefined) into[key] = value;
    else if (at.length < 3 && isObject(present) && isObject(value)) mergeEntries(present, value, at, place);
    else if (!isDeepStrictEqual(present, value)) {
      const name = at[0] === "paths" ? at.slice(1).join(" ") : at.join(".");
      throw new UserError(`${place}: two pages disagree about ${name}`);
    }
  }
}
