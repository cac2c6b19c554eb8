import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.ts";

/** A program of `docs/recipes.md`, by the name of its file. */
export function recipe(file: string): string {
  const found = recipes().get(file);
  if (found === undefined) throw new Error(`docs/recipes.md has no program ${file}`);
  return found;
}

/** All programs of `docs/recipes.md`. */
export function recipes(): Map<string, string> {
  const text = readFileSync(join(root, "docs/recipes.md"), "utf8");
  return new Map([...text.matchAll(/^```js (\S+)\n(.*?)^```$/gms)].map(([, file = "", code = ""]) => [file, code]));
}
