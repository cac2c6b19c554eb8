import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { readObject } from "./door.ts";
import { isObject, type JsonObject, stringAt } from "./json.ts";
import { UserError } from "./user-error.ts";

/** `specs/<vendor>/source.yaml`: where a vendor's document comes from. */
export interface Source {
  /** The vendor's whole machine-readable document, if it publishes one. */
  url: string | undefined;
  /** Documentation pages that the documents were made from, with the hash of each that is stored. */
  pages: { url: string; sha256: string | undefined }[];
  /** `upstream.yaml` when vendored, `openapi.yaml` when hand-written. */
  file: "upstream.yaml" | "openapi.yaml";
  /** SHA-256 of the vendored file. */
  sha256: string | undefined;
  /** The day on which it was fetched, YYYY-MM-DD. */
  date: string;
  /** The operations that the package must have, as `METHOD /path`. */
  operations: string[];
}

/** Reads and checks `source.yaml` in a vendor's folder. */
export async function readSource(folder: string, shownAs: string): Promise<Source> {
  const name = `${shownAs}/source.yaml`;
  const isLink = await lstat(folder).then(
    (entry) => entry.isSymbolicLink(),
    () => false,
  );
  if (isLink) throw new UserError(`${shownAs}: is a symbolic link; a vendor's folder must be a real one`);
  return checkSource(await readObject(join(folder, "source.yaml"), name), name);
}

function checkSource(raw: JsonObject, name: string): Source {
  const file = stringAt(raw, "file");
  if (file !== "upstream.yaml" && file !== "openapi.yaml") {
    throw new UserError(`${name}: file must be upstream.yaml (vendored) or openapi.yaml (hand-written)`);
  }
  const sha256 = stringAt(raw, "sha256");
  if (file === "upstream.yaml" && !sha256) throw new UserError(`${name}: sha256 of ${file} is missing`);
  const date = stringAt(raw, "date");
  if (!date || !/^\d{4}-\d\d-\d\d$/.test(date)) throw new UserError(`${name}: date must be YYYY-MM-DD`);
  const operations = raw["operations"];
  if (!Array.isArray(operations) || operations.length === 0) {
    throw new UserError(`${name}: operations must list at least one "METHOD /path"`);
  }
  for (const operation of operations) {
    if (typeof operation !== "string" || !/^[A-Z]+ \/\S*$/.test(operation)) {
      throw new UserError(`${name}: ${JSON.stringify(operation)} is not of the form "METHOD /path"`);
    }
  }
  const pages = Array.isArray(raw["pages"]) ? raw["pages"] : [];
  return {
    url: stringAt(raw, "url"),
    pages: pages.filter(isObject).map((page) => {
      const url = stringAt(page, "url");
      if (!url) throw new UserError(`${name}: a page has no url`);
      return { url, sha256: stringAt(page, "sha256") };
    }),
    file,
    sha256,
    date,
    operations: operations as string[],
  };
}
