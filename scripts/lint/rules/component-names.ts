import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { objectAt } from "@gpu-scripts/openapi/json.ts";
import { pascalCase } from "@gpu-scripts/openapi/vendors.ts";
import type { Rule } from "../rule.ts";

/** Exports of every vendor's package that are not schemas. */
const exported = ["CallOptions", "ClientOptions", "GpuError", "GpuErrorCode", "HookEvent", "Hooks"];

/** `InstanceType` is also a helper type of TypeScript; this code does not use it, and no other word fits as well. */
const allowed = ["InstanceType"];

/** Each schema becomes an exported type of its name, so the name must be free. */
export const componentNames: Rule = {
  id: "component-names",
  check(document) {
    const vendor = pascalCase(String(objectAt(document, "x-gpu-client")["vendor"]));
    const taken = [...exported, `${vendor}Client`, `${vendor}Operations`];
    const schemas = objectAt(objectAt(document, "components"), "schemas");
    return Object.keys(schemas).flatMap((name) => {
      const place = ["components", "schemas", name];
      if (!/^([A-Z][a-z\d]*)+$/.test(name)) return [{ message: `schema ${name} must be named in PascalCase`, place }];
      // openapi-typescript writes the abbreviation in lower case, and our other generated files would not find the type.
      if (/[A-Z]{2}(?![a-z])/.test(name))
        return [{ message: `schema ${name} must write abbreviations as words, such as SshKey for SSHKey`, place }];
      if (taken.includes(name)) return [{ message: `schema ${name} has the name of another export of the package`, place }];
      if (objectAt(schemas, name.replace(/^Known/, ""))["x-extensible-enum"] && name.startsWith("Known")) {
        return [{ message: `schema ${name} has the name of the alias that is generated for ${name.slice(5)}`, place }];
      }
      if (!allowed.includes(name) && globals().has(name)) {
        return [
          { message: `schema ${name} has the name of a global of TypeScript or the web; add what it is a ${name} of`, place },
        ];
      }
      return [];
    });
  },
};

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
