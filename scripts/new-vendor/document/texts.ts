import { isObject, type JsonObject, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isUrl } from "@gpu-scripts/openapi/load.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { wordsOf } from "@gpu-scripts/openapi/schemas.ts";
import type { Draft } from "./draft.ts";
import { splitWords, versionSegment } from "./words.ts";

/** Gives the document and each operation the texts that they must have: a summary, one tag, a description with its source. */
export function writeTexts(draft: Draft, place: string): void {
  const info = objectAt(draft.document, "info");
  const title = stringAt(info, "title")?.trim() || draft.id;
  if (title !== stringAt(info, "title")) draft.update(["info"], "The vendor's document has no title.", { title });
  if (stringAt(info, "version") === undefined) {
    const version = String(info["version"] ?? "0");
    draft.removeIfThere(["info", "version"], "A version is a text.");
    draft.update(["info"], "The vendor's document has no version as text.", { version });
  }
  if (!stringAt(info, "description")?.trim()) {
    draft.update(["info"], "Says what the API is; the vendor's document does not.", {
      description: `The API of ${title.replace(/\s+API$/i, "")}.`,
    });
  }
  const license = objectAt(info, "license");
  if (isObject(info["license"]) && license["url"] === undefined && license["identifier"] === undefined) {
    draft.remove(["info", "license"], "Says too little to know which one it is, and we invent none.");
  }
  const source = sourceOf(draft, place);
  for (const { path, method, object } of operationsOf(draft.document)) {
    const summary = stringAt(object, "summary")?.trim() || capital(spoken(wordsOf(stringAt(object, "operationId") ?? "")));
    const description = stringAt(object, "description")?.trim() || `${summary.replace(/\.$/, "")}.`;
    const texts: JsonObject = {};
    if (summary !== stringAt(object, "summary")) texts["summary"] = summary;
    if (!/^Source: https:\/\/\S+$/m.test(description)) texts["description"] = `${description}\n\nSource: ${source}`;
    if (Object.keys(texts).length === 0) continue;
    draft.update(["paths", path, method], "Editors and the reference show it, and it says where its facts come from.", texts);
  }
  tagOperations(draft);
  draft.left.push(`the texts: descriptions are the vendor's or made from names, and all name one source, ${source}`);
}

/** The page that the document comes from; where it came as a file, what it says of itself. */
function sourceOf(draft: Draft, place: string): string {
  const { document } = draft;
  const candidates = [
    isUrl(place) ? place : undefined,
    stringAt(objectAt(document, "externalDocs"), "url"),
    stringAt(objectAt(objectAt(document, "info"), "contact"), "url"),
    ...list(document["servers"]).map((server) => stringAt(server, "url")),
  ];
  return candidates.find((url) => url !== undefined && /^https:\/\/\S+$/.test(url)) ?? "";
}

/** Each operation has one tag, and the root says what each tag is. */
function tagOperations(draft: Draft): void {
  const used = new Set<string>();
  for (const { path, method, object } of operationsOf(draft.document)) {
    const at = ["paths", path, method];
    const tags = list(object["tags"]);
    for (const index of [...tags.keys()].slice(1).reverse())
      draft.remove([...at, "tags", index], "One tag says where it belongs.");
    const [own] = tags;
    const tag = typeof own === "string" ? own : tagOf(path);
    if (own === undefined) draft.update(at, "The vendor gives it no tag; its path says where it belongs.", { tags: [tag] });
    used.add(tag);
  }
  const declared = list(draft.document["tags"]);
  for (const [index, tag] of declared.entries()) {
    const name = stringAt(tag, "name") ?? "";
    if (!stringAt(tag, "description")?.trim()) {
      draft.update(["tags", index], "The vendor does not say what it holds.", { description: about(name) });
    }
  }
  const missing = [...used].filter((tag) => !declared.some((one) => isObject(one) && one["name"] === tag));
  if (missing.length > 0) {
    draft.update([], "Tags that operations have and the root does not declare.", {
      tags: missing.map((name) => ({ name, description: about(name) })),
    });
  }
}

function tagOf(path: string): string {
  const [first] = path.split("/").filter((segment) => /^[A-Za-z]/.test(segment) && !versionSegment.test(segment));
  return capital(spoken(splitWords(first ?? "api")));
}

function about(tag: string): string {
  return `Operations on ${spoken(splitWords(tag))}.`;
}

/** `["create", "ssh", "key"]` → `create SSH key`. */
function spoken(words: readonly string[]): string {
  return words.map((word) => word.replace(/^(api|gpu|cpu|ip|ssh|vpc|id|url)(?=s?$)/, (short) => short.toUpperCase())).join(" ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
