import { isObject, type JsonObject, list, objectAt, stringAt } from "../json.ts";
import { operationsOf, placeOf } from "../operations.ts";
import { wordsOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";
import { splitWords } from "./type-names.ts";

/** A part of a path that is the version of an API (`v2`, `2.0`, `2010-04-01`), or a word such as `api`. */
export const versionSegment = /^(?:v\d\w*(?:\.\d+)*|\d+(?:\.\d+)*|\d{4}-\d\d(?:-\d\d)?|api|openapi|rest)$/i;

export const documentTexts: Repair = {
  title: "title, version and description of the document completed",
  apply(document, note, { vendor }) {
    document["info"] = objectAt(document, "info");
    const info = objectAt(document, "info");
    const title = stringAt(info, "title")?.trim() || vendor;
    const texts = {
      title,
      version: String(info["version"] ?? "0"),
      description: stringAt(info, "description")?.trim() ? info["description"] : `The API of ${title.replace(/\s+API$/i, "")}.`,
    };
    for (const [key, text] of Object.entries(texts)) {
      if (info[key] === text || text === undefined) continue;
      info[key] = text;
      note(["info", key]);
    }
    const license = objectAt(info, "license");
    if (info["license"] === undefined || license["url"] !== undefined || license["identifier"] !== undefined) return;
    // A name alone does not identify a licence, and we do not invent an identifier.
    delete info["license"];
    note(["info", "license"]);
  },
};

export const operationTexts: Repair = {
  title: "summaries and descriptions of operations completed, with their source",
  apply(document, note, { sourceUrl }) {
    const source = sourceOf(document, sourceUrl);
    for (const operation of operationsOf(document)) {
      const { object } = operation;
      const summary =
        stringAt(object, "summary")?.trim() ||
        capital(withCapitals(wordsOf(stringAt(object, "operationId") ?? `${operation.method} ${operation.path}`)));
      const description = stringAt(object, "description")?.trim() || `${summary.replace(/\.$/, "")}.`;
      if (stringAt(object, "summary") !== summary) {
        object["summary"] = summary;
        note([...placeOf(operation), "summary"]);
      }
      if (/^Source: https:\/\/\S+$/m.test(description)) continue;
      object["description"] = `${description}\n\nSource: ${source}`;
      note([...placeOf(operation), "description"]);
    }
  },
};

/** The source page of the document, or else the page that the document itself names. */
function sourceOf(document: JsonObject, sourceUrl: string): string {
  const candidates = [
    sourceUrl,
    stringAt(objectAt(document, "externalDocs"), "url"),
    stringAt(objectAt(objectAt(document, "info"), "contact"), "url"),
    ...list(document["servers"]).map((server) => stringAt(server, "url")),
  ];
  return candidates.find((url) => url !== undefined && /^https:\/\/\S+$/.test(url)) ?? "";
}

export const tags: Repair = {
  title: "tags completed: one for each operation, declared with a description",
  apply(document, note) {
    const used = new Set<string>();
    for (const operation of operationsOf(document)) {
      const [given] = list(operation.object["tags"]).filter((tag) => typeof tag === "string" && tag.trim() !== "");
      const tag = typeof given === "string" ? given : tagOf(operation.path);
      used.add(tag);
      if (list(operation.object["tags"]).length === 1 && given !== undefined) continue;
      operation.object["tags"] = [tag];
      note([...placeOf(operation), "tags"]);
    }
    const declared = list(document["tags"]).filter(isObject);
    for (const [index, tag] of declared.entries()) {
      if (stringAt(tag, "description")?.trim()) continue;
      tag["description"] = about(stringAt(tag, "name") ?? "");
      note(["tags", index]);
    }
    for (const name of used) {
      if (declared.some((tag) => tag["name"] === name)) continue;
      declared.push({ name, description: about(name) });
      note(["tags", declared.length - 1]);
    }
    if (declared.length > 0) document["tags"] = declared;
  },
};

function tagOf(path: string): string {
  const [first] = path.split("/").filter((segment) => /^[A-Za-z]/.test(segment) && !versionSegment.test(segment));
  return capital(withCapitals(splitWords(first ?? "api")));
}

function about(tag: string): string {
  return `Operations on ${withCapitals(splitWords(tag)) || "the API"}.`;
}

/** `["create", "ssh", "key"]` → `create SSH key`. */
function withCapitals(words: readonly string[]): string {
  return words.map((word) => word.replace(/^(api|gpu|cpu|ip|ssh|vpc|id|url)(?=s?$)/, (short) => short.toUpperCase())).join(" ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
