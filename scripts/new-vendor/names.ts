import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { camelCase } from "@gpu-scripts/openapi/vendors.ts";
import ts from "typescript";

/** Refuses an id that cannot name a folder, a package and a function at the same time. */
export function refuseBadId(id: string): void {
  if (!/^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(id)) {
    throw new UserError(`"${id}" cannot be a vendor's id; use lower-case letters, digits and single hyphens, such as acme-gpu`);
  }
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true);
  scanner.setText(camelCase(id));
  if (scanner.scan() !== ts.SyntaxKind.Identifier) {
    throw new UserError(`"${id}" cannot be a vendor's id; it is a reserved word, so no function can have this name`);
  }
}
