import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "../json.ts";
import { operationsOf } from "../openapi.ts";
import { UserError } from "../user-error.ts";
import { parseYamlObject } from "../yaml.ts";
import { inGroups, isHtml, isUrl, load, resolveLink } from "./load.ts";

/** An OpenAPI document as a vendor publishes it. */
export interface Published {
  document: JsonObject;
  /** As published, byte for byte; merged pages are written anew. */
  text: string;
}

const mostPages = 500;

/**
 * Reads an OpenAPI document from a file or URL: JSON, YAML, a Markdown page with the document in a code fence, or the index of
 * such pages (llms.txt), which are merged into one document.
 */
export async function readPublished(place: string): Promise<Published> {
  const text = await load(place);
  if (text.trim() === "") throw new UserError(`${place}: is empty`);
  if (isHtml(text)) {
    throw new UserError(
      `${place}: is HTML, not an OpenAPI document; documentation sites often have Markdown at the same address with .md`,
    );
  }
  if (text.trimStart().startsWith("{")) return { document: parseJson(text, place), text };
  const fences = openApiFences(text, place);
  if (fences.length > 0) return mergeAll(fences, place);
  if (hasOpenApiKey(text)) return { document: parseYamlObject(text, place), text };
  return await readIndex(text, place);
}

async function readIndex(index: string, place: string): Promise<Published> {
  const links = linksOf(index, place);
  if (links.length === 0) {
    throw new UserError(
      `${place}: has no OpenAPI document: neither JSON, YAML, a Markdown page with one in a code fence, nor an index of such pages`,
    );
  }
  if (links.length > mostPages) throw new UserError(`${place}: links to ${links.length} pages, more than ${mostPages}`);
  // One page that cannot be read would look like operations that the vendor dropped; so any failure is final.
  const found = await inGroups(links, async (link) => {
    const text = await load(link);
    if (isHtml(text)) return [];
    return openApiFences(text, link);
  });
  if (found.length === 0)
    throw new UserError(`${place}: none of the ${links.length} pages that it links to has an OpenAPI code fence`);
  return mergeAll(found, place);
}

/** The pages that an index links to: Markdown, on the index's own host. */
function linksOf(index: string, place: string): string[] {
  const targets = [...index.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].flatMap(([, link]) => {
    const target = link === undefined ? undefined : resolveLink(link, place);
    return target !== undefined && /\.mdx?(?:\?.*)?$/.test(target) && target !== place ? [target] : [];
  });
  const sameHost = (target: string) => !isUrl(place) || new URL(target).host === new URL(place).host;
  return [...new Set(targets)].filter(sameHost);
}

function hasOpenApiKey(text: string): boolean {
  return /^["']?(?:openapi|swagger)["']?\s*:/m.test(text);
}

function parseJson(text: string, place: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw new UserError(`${place}: is truncated or not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new UserError(`${place}: expected a JSON object`);
}

/** The OpenAPI documents in the code fences of a Markdown page. */
function openApiFences(page: string, place: string): Published[] {
  const documents: Published[] = [];
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
      if (text.trimStart().startsWith("{") ? /"openapi"\s*:/.test(text) : hasOpenApiKey(text)) {
        documents.push({ document: parseYamlObject(text, place), text });
      }
      fence = undefined;
    }
  });
  if (fence) throw new UserError(`${place}: is truncated: the code fence that opens on line ${fence.start} is never closed`);
  return documents;
}

/** One document of several, each of which holds some operations and the components that these use. */
function mergeAll(documents: readonly Published[], place: string): Published {
  const [first, ...others] = documents;
  if (!first) throw new UserError(`${place}: has no OpenAPI document`);
  if (others.length === 0) return first;
  const merged = structuredClone(first.document);
  for (const { document } of others) mergeDocument(merged, document, place);
  return { document: merged, text: stringify(merged, { lineWidth: 0, aliasDuplicateObjects: false }) };
}

function mergeDocument(merged: JsonObject, document: JsonObject, place: string): void {
  for (const operation of operationsOf(document)) {
    // What a page says at its root holds for its own operations only.
    for (const key of ["servers", "security"]) {
      const value = document[key];
      if (operation.object[key] === undefined && value !== undefined && !isDeepStrictEqual(value, merged[key])) {
        operation.object[key] = value;
      }
    }
  }
  mergeSection(merged, document, "paths", place, (path, item) => {
    const present = objectAt(objectAt(merged, "paths"), path);
    for (const [key, value] of Object.entries(isObject(item) ? item : {}))
      mergeEntry(present, key, value, `${path} ${key}`, place);
  });
  const components = objectAt(document, "components");
  if (Object.keys(components).length > 0) merged["components"] ??= {};
  for (const section of Object.keys(components)) {
    mergeSection(objectAt(merged, "components"), components, section, place, (name, value) => {
      mergeEntry(objectAt(objectAt(merged, "components"), section), name, value, `components.${section}.${name}`, place);
    });
  }
  const tags = Array.isArray(merged["tags"]) ? merged["tags"] : [];
  for (const tag of Array.isArray(document["tags"]) ? document["tags"] : []) {
    if (!tags.some((present) => stringAt(present, "name") === stringAt(tag, "name"))) tags.push(tag);
  }
  if (tags.length > 0) merged["tags"] = tags;
}

function mergeSection(
  into: JsonObject,
  from: JsonObject,
  section: string,
  place: string,
  onPresent: (key: string, value: JsonValue) => void,
): void {
  const target = into[section] ?? {};
  if (!isObject(target)) throw new UserError(`${place}: "${section}" is not an object`);
  into[section] = target;
  for (const [key, value] of Object.entries(objectAt(from, section))) {
    if (target[key] === undefined) target[key] = value;
    else onPresent(key, value);
  }
}

function mergeEntry(target: JsonObject, key: string, value: JsonValue, name: string, place: string): void {
  if (target[key] === undefined) target[key] = value;
  else if (!isDeepStrictEqual(target[key], value)) throw new UserError(`${place}: two pages disagree about ${name}`);
}
