import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type JsonObject, objectAt } from "../json.ts";
import { wordsOf } from "../schemas.ts";
import { pascalCase } from "../vendors.ts";

/** Exports of every vendor's package that are not schemas. */
const exported = ["CallOptions", "ClientOptions", "GpuError", "GpuErrorCode", "HookEvent", "Hooks"];

/** `InstanceType` is also a helper type of TypeScript; this code does not use it, and no other word fits as well. */
const allowed = ["InstanceType"];

/** Why a schema cannot have a name, as a sentence that begins with `schema NAME`; undefined when it can. */
export function typeNameProblem(name: string, vendor: string, schemas: JsonObject): string | undefined {
  if (!/^([A-Z][a-z\d]*)+$/.test(name)) return `schema ${name} must be named in PascalCase`;
  // openapi-typescript writes the abbreviation in lower case, and our other generated files would not find the type.
  if (/[A-Z]{2}(?![a-z])/.test(name)) return `schema ${name} must write abbreviations as words, such as SshKey for SSHKey`;
  const pascal = pascalCase(vendor).toLowerCase();
  // The title has the capitalization of the vendor's name.
  if (exported.includes(name) || [`${pascal}client`, `${pascal}operations`].includes(name.toLowerCase()))
    return `schema ${name} has the name of another export of the package`;
  if (name.startsWith("Known") && objectAt(schemas, name.slice(5))["x-extensible-enum"])
    return `schema ${name} has the name of the alias that is generated for ${name.slice(5)}`;
  if (!allowed.includes(name) && globals().has(name))
    return `schema ${name} has the name of a global of TypeScript or the web; add what it is a ${name} of`;
  return undefined;
}

let found: Set<string> | undefined;

/** Every global name that TypeScript's libraries declare. */
function globals(): Set<string> {
  if (found) return found;
  found = new Set();
  const folder = dirname(createRequire(import.meta.url).resolve("typescript"));
  for (const file of readdirSync(folder)) {
    if (!/^lib\.(dom|es\d+|esnext|decorators).*\.d\.ts$/.test(file)) continue;
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, name] of text.matchAll(/^(?:declare )?(?:var|function|interface|type|class|namespace) ([A-Z]\w*)/gm)) {
      if (name) found.add(name);
    }
  }
  return found;
}

/** The words of a name. Splits compounds that vendors write as one word. */
export function splitWords(name: string): string[] {
  return wordsOf(name).flatMap((word) => (/^sshkeys?$/.test(word) ? ["ssh", word.slice(3)] : [word]));
}

/** `["ssh", "key"]` → `SshKey`. */
export function pascal(words: readonly string[]): string {
  return words
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")
    .replace(/([A-Z])([A-Z]+)(?![a-z])/g, (_, first: string, rest: string) => first + rest.toLowerCase());
}

/** The name as the type generator writes it: `SshKey` for `SSHKey`, `ssh_key` and `ssh-key`. */
export function typeName(name: string): string {
  return pascal(splitWords(name)).replace(/^(?=\d)/, "Type");
}

/** Whether a schema can have a name as it is. */
export function isTypeName(name: string, vendor: string, schemas: JsonObject): boolean {
  return name === typeName(name) && typeNameProblem(name, vendor, schemas) === undefined;
}

/** The best name for a component that is free; undefined if none is. */
export function freeName(name: string, isFree: (candidate: string) => boolean): string | undefined {
  // Prefixes of generators, such as the name of a package or a module.
  const own = typeName(name.split(/[./]/).at(-1) ?? name);
  const best = [own, typeName(name), `Api${own}`].find(isFree);
  if (best !== undefined) return best;
  for (let number = 2; number < 10_000; number += 1) {
    const numbered = `${own || "Schema"}${number}`;
    if (isFree(numbered)) return numbered;
  }
  return undefined;
}
