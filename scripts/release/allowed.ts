import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject } from "../openapi/json.ts";
import { UserError } from "../openapi/user-error.ts";
import { changesetBumps } from "./changeset-file.ts";
import type { Rule } from "./staged.ts";

/** What `regenerate` of one vendor may change. */
export function vendorRule(vendor: string): Rule {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(vendor)) throw new UserError(`${JSON.stringify(vendor)} is not the id of a vendor`);
  const files = [
    new RegExp(`^specs/${vendor}/[a-z]+(?:\\.overlay)?\\.yaml$`),
    new RegExp(`^packages/${vendor}/(?:openapi\\.json|README\\.md|src/index\\.ts|src/generated/[a-z-]+\\.ts)$`),
    // The tables of vendors, with the number of operations.
    /^(?:packages\/simulator\/)?README\.md$/,
  ];
  const changeset = new RegExp(`^\\.changeset/${vendor}-[0-9a-f]{8}(?:-unified)?\\.md$`);
  return async ({ path, kind, after }, read) => {
    if (kind === "deleted" || after === undefined) return "is deleted";
    if (files.some((pattern) => pattern.test(path))) return undefined;
    if (!changeset.test(path)) return `is not one of the files that regenerating ${vendor} writes`;
    const foreign = changesetBumps(await read(after)).find(([name]) => name !== `@gpu/${vendor}` && name !== "@gpu/unified");
    return foreign && `raises the version of ${foreign[0]}`;
  };
}

/** What raising the versions of all packages may change. */
export const releaseRule: Rule = async ({ path, kind, before, after }, read) => {
  if (kind === "deleted") {
    return /^\.changeset\/[\w-]+\.md$/.test(path) && path !== ".changeset/README.md" ? undefined : "is deleted";
  }
  if (/^packages\/[a-z-]+\/CHANGELOG\.md$/.test(path)) return undefined;
  if (kind === "added" || before === undefined || after === undefined) return "is new";
  if (!/^packages\/[a-z-]+\/package\.json$/.test(path)) return "is not one of the files that a release changes";
  const [old, fresh] = [withoutVersion(await read(before)), withoutVersion(await read(after))];
  return isDeepStrictEqual(old, fresh) ? undefined : "changes more than its version";
};

function withoutVersion(manifest: string): JsonObject {
  const value: unknown = JSON.parse(manifest);
  if (!isObject(value)) throw new UserError("a package.json is not an object");
  return { ...value, version: "" };
}
