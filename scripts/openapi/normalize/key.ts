import { isDeepStrictEqual } from "node:util";
import { dereference, isObject, type JsonObject, stringAt } from "../json.ts";
import { componentsOf, type Operation, operationsOf, placeOf, requirementsOf, takesKey } from "../operations.ts";
import type { Repair } from "./repair.ts";

/** The security scheme that the client uses for its key. */
export interface Key {
  /** Its name among the document's schemes. */
  scheme: string;
  /** The prefix of the key in the header: empty, or a word and a space. */
  prefix: string;
  /** An apiKey scheme whose value is `Bearer` and the key. */
  isBearerAsApiKey: boolean;
  /** The environment variable that the scheme's own text names. */
  variable: string | undefined;
}

/** The scheme with one key in a header that most operations use; undefined if there is none. */
export function chooseKey(document: JsonObject): Key | undefined {
  const operations = operationsOf(document);
  const requirements = operations.map((operation) => requirementsOf(document, operation));
  const taken = (name: string) => requirements.filter((all) => all.some((one) => needsOnly(one, name))).length;
  const [best] = schemesOf(document)
    .filter(([, scheme]) => isInHeader(scheme))
    .map(([name, scheme]) => ({ name, scheme, count: taken(name) }))
    .sort((a, b) => b.count - a.count);
  const isUnused = requirements.every((all) => all.length === 0);
  if (!best || (best.count === 0 && !isUnused)) return undefined;
  return describe(best.name, best.scheme);
}

export function schemesOf(document: JsonObject): [name: string, scheme: JsonObject][] {
  return Object.entries(componentsOf(document, "securitySchemes")).flatMap(([name, scheme]): [string, JsonObject][] => {
    const found = dereference(document, scheme);
    return isObject(found) ? [[name, found]] : [];
  });
}

/** Whether an operation needs another key, alone or in addition to this one. */
export function takesOther(document: JsonObject, operation: Operation, scheme: string): boolean {
  const requirements = requirementsOf(document, operation);
  return requirements.length > 0 && !requirements.some((requirement) => needsOnly(requirement, scheme));
}

/** Replaces an apiKey scheme for a bearer token by a bearer scheme: an apiKey scheme sends the key without `Bearer`. */
export const bearerScheme: Repair = {
  title: "bearer tokens that are declared as header keys converted to a bearer scheme",
  apply(document, note) {
    const key = chooseKey(document);
    const [, scheme] = schemesOf(document).find(([name]) => name === key?.scheme) ?? [];
    if (!key?.isBearerAsApiKey || !scheme) return;
    delete scheme["in"];
    delete scheme["name"];
    Object.assign(scheme, { type: "http", scheme: "bearer" });
    note(["components", "securitySchemes", key.scheme]);
  },
};

/** Sets the client's scheme at the root, so that an operation declares `security` only if it needs no key. */
export const oneKey: Repair = {
  title: "`security` reduced to the scheme that the client uses, declared once for the document",
  apply(document, note) {
    const key = chooseKey(document);
    if (key === undefined) return;
    const schemes = componentsOf(document, "securitySchemes");
    for (const name of Object.keys(schemes)) {
      if (name === key.scheme) continue;
      delete schemes[name];
      note(["components", "securitySchemes", name]);
    }
    for (const operation of operationsOf(document)) {
      const given = operation.object["security"];
      if (given === undefined || takesOther(document, operation, key.scheme)) continue;
      const wanted = takesKey(document, operation) ? undefined : [];
      if (isDeepStrictEqual(given, wanted)) continue;
      if (wanted === undefined) delete operation.object["security"];
      else operation.object["security"] = wanted;
      note([...placeOf(operation), "security"]);
    }
    const wanted = [{ [key.scheme]: [] }];
    if (isDeepStrictEqual(document["security"], wanted)) return;
    document["security"] = wanted;
    note(["security"]);
  },
};

function describe(name: string, scheme: JsonObject): Key {
  const text = stringAt(scheme, "description") ?? "";
  const variable = /\b(?!YOUR_|MY_|\w*(?:SSH|PUBLIC|PRIVATE))[A-Z][A-Z\d]*(?:_[A-Z\d]+)*_(?:KEY|TOKEN)\b/.exec(text)?.[0];
  if (stringAt(scheme, "type") === "http") return { scheme: name, prefix: "Bearer ", isBearerAsApiKey: false, variable };
  const isAuthorization = stringAt(scheme, "name")?.toLowerCase() === "authorization";
  const word = isAuthorization ? /\b(Key|Token|ApiKey)\b(?= [<{$"'`]|\s+followed)/.exec(text)?.[1] : undefined;
  if (isAuthorization && (/\bbearer\b/i.test(text) || (word === undefined && /bearer|jwt/i.test(name))))
    return { scheme: name, prefix: "Bearer ", isBearerAsApiKey: true, variable };
  return { scheme: name, prefix: word === undefined ? "" : `${word} `, isBearerAsApiKey: false, variable };
}

function isInHeader(scheme: JsonObject): boolean {
  const type = stringAt(scheme, "type");
  if (type === "http") return stringAt(scheme, "scheme")?.toLowerCase() === "bearer";
  return type === "apiKey" && stringAt(scheme, "in")?.toLowerCase() === "header" && stringAt(scheme, "name") !== undefined;
}

function needsOnly(requirement: JsonObject, name: string): boolean {
  return Object.keys(requirement).length === 1 && requirement[name] !== undefined;
}
