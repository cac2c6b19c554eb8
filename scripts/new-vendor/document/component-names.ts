import { componentNames } from "@gpu-scripts/lint/rules/component-names.ts";
import { isObject, type JsonObject, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { operationsOf, responsesOf } from "@gpu-scripts/openapi/operations.ts";
import { json } from "./bodies.ts";
import type { Draft, Location } from "./draft.ts";
import { pascal, splitWords } from "./words.ts";

const schemas = ["components", "schemas"];
export const errorBody = "ApiErrorBody";

/** Gives each schema a name that can be a type's, and bodies that stand inline a name. */
export function nameSchemas(draft: Draft, errorSchema: string | undefined): void {
  const names = Object.keys(objectAt(draft.at(["components"]), "schemas"));
  const renames = new Map<string, string>();
  const taken = new Set(names.filter((name) => isFree(draft, name) && name !== errorSchema));
  if (errorSchema !== undefined && errorSchema !== errorBody && !taken.has(errorBody)) {
    renames.set(errorSchema, errorBody);
    taken.add(errorBody);
  }
  for (const name of names) {
    if (renames.has(name) || (isFree(draft, name) && taken.has(name))) continue;
    const own = [...candidates(name)].find((candidate) => isFree(draft, candidate) && !taken.has(candidate));
    if (own === undefined || own === name) continue;
    renames.set(name, own);
    taken.add(own);
  }
  for (const [from, to] of renames) {
    const why =
      to === errorBody
        ? "What a failure looks like has one name over all vendors."
        : "Named as a type is: PascalCase, no global's name.";
    draft.move([...schemas, from], [...schemas, to], why);
    draft.follow([...schemas, from], [...schemas, to]);
  }
}

/** Bodies that are written where they are used become schemas: callers name them. */
export function nameBodies(draft: Draft): void {
  for (const operation of operationsOf(draft.document)) {
    const { path, method, object } = operation;
    const name = pascalOf(stringAt(object, "operationId") ?? "");
    const place = ["paths", path, method];
    hoistBody(draft, [...place, "requestBody"], `${name}Request`);
    const [success] = responsesOf(draft.document, operation).filter(([status]) => status.startsWith("2"));
    if (success) hoistBody(draft, draft.resolve([...place, "responses", success[0]]), `${name}Response`);
  }
}

/** The schema that stands at a location gets a name and a place of its own. */
export function hoist(draft: Draft, from: Location, wanted: string, why: string): string {
  const name = freeName(draft, wanted);
  roomForSchemas(draft);
  draft.move(from, [...schemas, name], why);
  draft.update(from.slice(0, -1), "Points to the copy.", { [String(from.at(-1))]: { $ref: `#/components/schemas/${name}` } });
  return name;
}

/** A name for a new schema. */
function freeName(draft: Draft, wanted: string): string {
  const present = objectAt(draft.at(["components"]), "schemas");
  for (const candidate of candidates(wanted)) if (isFree(draft, candidate) && present[candidate] === undefined) return candidate;
  return wanted;
}

export function roomForSchemas(draft: Draft): void {
  if (!isObject(draft.at(schemas))) draft.update(["components"], "Room for schemas.", { schemas: {} });
}

function hoistBody(draft: Draft, holder: Location, name: string): void {
  const location = [...holder, "content", json, "schema"];
  const schema = draft.at(location);
  if (!isObject(schema) || !isObject(schema["properties"])) return;
  hoist(draft, location, name, "A body with a name of its own, which callers can say.");
}

function* candidates(name: string): Generator<string> {
  // What generators put in front, such as the name of a package or a module.
  const own = name.split(/[./]/).at(-1) ?? name;
  yield pascalOf(own);
  yield pascalOf(name);
  yield `Api${pascalOf(own)}`;
  for (let number = 2; number < 100; number += 1) yield `${pascalOf(own)}${number}`;
}

/** `SSHKey`, `ssh_key` and `ssh-key` alike: `SshKey`, as the generator of types writes it. */
export function pascalOf(name: string): string {
  return pascal(splitWords(name)).replace(/^(?=\d)/, "Type");
}

function isFree(draft: Draft, name: string): boolean {
  if (name !== pascalOf(name)) return false;
  const present = objectAt(draft.at(["components"]), "schemas");
  const known: JsonObject = name.startsWith("Known") ? { [name.slice(5)]: objectAt(present, name.slice(5)) } : {};
  const document = { "x-gpu-client": { vendor: draft.id }, components: { schemas: { ...known, [name]: {} } } };
  return componentNames.check(document).every(({ place }) => place[2] !== name);
}
