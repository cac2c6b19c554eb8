import { isDeepStrictEqual } from "node:util";
import { shown } from "@gpu-scripts/openapi/characters.ts";
import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import type { Draft } from "./draft.ts";

/** The one security scheme by which the client sends its key. */
export interface Key {
  /** Its name among the document's schemes. */
  scheme: string;
  /** What stands before the key in the header: empty, or a word and a space. */
  prefix: string;
  /** An apiKey scheme whose text says that the header takes `Bearer` and the key. */
  isBearerInDisguise: boolean;
  /** The environment variable that the document names for it. */
  variable: string | undefined;
}

/** Chooses the scheme that most operations take; refuses a document without one that the runtime can do. */
export function chooseKey(document: JsonObject, place: string): Key {
  const schemes = Object.entries(objectAt(objectAt(document, "components"), "securitySchemes")).flatMap(
    ([name, scheme]): [string, JsonObject][] => {
      const found = dereference(document, scheme);
      return isObject(found) ? [[name, found]] : [];
    },
  );
  const advice = "if the key does go into a header, add the scheme to a copy of the document and give that";
  if (schemes.length === 0) {
    throw new UserError(`${place}: declares no security scheme, so how the key is sent is not known; ${advice}`);
  }
  const usable = schemes.filter(([, scheme]) => isInHeader(scheme));
  const taken = (name: string) =>
    operationsOf(document).filter(({ object }) =>
      list(object["security"] ?? document["security"]).some((requirement) => needsOnly(requirement, name)),
    ).length;
  const [best] = usable.map(([name, scheme]) => ({ name, scheme, count: taken(name) })).sort((a, b) => b.count - a.count);
  const isUnused = operationsOf(document).every(({ object }) => !list(object["security"] ?? document["security"]).some(isWanted));
  if (!best || (best.count === 0 && !isUnused)) {
    const kinds = schemes.map(([name, scheme]) => `${name} (${kindOf(scheme)})`).join(", ");
    throw new UserError(`${place}: has no security scheme with one key in a header, only ${kinds}; ${advice}`);
  }
  return describe(best.name, best.scheme, document);
}

/** Whether an operation wants a key, and not this one alone. */
export function takesOther(document: JsonObject, { object }: Operation, { scheme }: Key): boolean {
  const requirements = list(object["security"] ?? document["security"]).filter(isWanted);
  return requirements.length > 0 && !requirements.some((requirement) => needsOnly(requirement, scheme));
}

/** Declares the key once, at the root, and keeps only the operations that say that they need none. */
export function declareKey(draft: Draft, { scheme, isBearerInDisguise }: Key): void {
  const place = ["components", "securitySchemes"];
  if (isBearerInDisguise) {
    const why = "The header takes `Bearer` and the key, so it is a bearer scheme; as an API key, clients do not send the word.";
    draft.remove([...place, scheme, "in"], why);
    draft.remove([...place, scheme, "name"], why);
    draft.update([...place, scheme], why, { type: "http", scheme: "bearer" });
  }
  for (const other of Object.keys(objectAt(draft.at(["components"]), "securitySchemes"))) {
    if (other !== scheme) draft.remove([...place, other], "The client sends one key, by the scheme that is left.");
  }
  const wanted = [{ [scheme]: [] }];
  const root = draft.document["security"];
  const silent: string[] = [];
  for (const { path, method, object } of operationsOf(draft.document)) {
    const own = ["paths", path, method, "security"];
    const given = object["security"];
    if (given === undefined) {
      if (list(root).length === 0) silent.push(`${method.toUpperCase()} ${path}`);
    } else if (list(given).some(isWanted)) {
      draft.remove(own, "The root says it for every operation.");
    } else if (list(given).length > 0) {
      draft.replace(own, "An empty requirement means that no key is needed; an empty list says that plainly.", []);
    }
  }
  if (!isDeepStrictEqual(root, wanted)) {
    if (root !== undefined) draft.remove(["security"], "Said again below, with the one scheme that is left.");
    draft.update([], "Every operation takes the key unless it says otherwise.", { security: wanted });
  }
  if (silent.length > 0) draft.left.push(`whether these need a key, of which the document does not say it: ${silent.join(", ")}`);
}

function describe(name: string, scheme: JsonObject, document: JsonObject): Key {
  const text = `${stringAt(scheme, "description") ?? ""} ${stringAt(objectAt(document, "info"), "description") ?? ""}`;
  const variable = /\b(?!YOUR_|MY_|\w*(?:SSH|PUBLIC|PRIVATE))[A-Z][A-Z\d]*(?:_[A-Z\d]+)*_(?:KEY|TOKEN)\b/.exec(text)?.[0];
  if (stringAt(scheme, "type") === "http") return { scheme: name, prefix: "Bearer ", isBearerInDisguise: false, variable };
  const isAuthorization = stringAt(scheme, "name")?.toLowerCase() === "authorization";
  const own = stringAt(scheme, "description") ?? "";
  if (isAuthorization && /\bbearer\b/i.test(own)) {
    return { scheme: name, prefix: "Bearer ", isBearerInDisguise: true, variable };
  }
  const word = isAuthorization ? /\b(Key|Token|ApiKey)\b(?= [<{$"'`]|\s+followed)/.exec(own)?.[1] : undefined;
  return { scheme: name, prefix: word === undefined ? "" : `${word} `, isBearerInDisguise: false, variable };
}

function isInHeader(scheme: JsonObject): boolean {
  const type = stringAt(scheme, "type");
  if (type === "http") return stringAt(scheme, "scheme")?.toLowerCase() === "bearer";
  return type === "apiKey" && stringAt(scheme, "in") === "header";
}

function kindOf(scheme: JsonObject): string {
  const type = stringAt(scheme, "type") ?? "of no type";
  return shown([type, stringAt(scheme, "scheme") ?? stringAt(scheme, "in")].filter((part) => part !== undefined).join(" "));
}

function isWanted(requirement: JsonValue): boolean {
  return isObject(requirement) && Object.keys(requirement).length > 0;
}

function needsOnly(requirement: JsonValue, name: string): boolean {
  return isObject(requirement) && Object.keys(requirement).length === 1 && requirement[name] !== undefined;
}
