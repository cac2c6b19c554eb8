import { type JsonObject, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { camelCase, pascalCase } from "@gpu-scripts/openapi/vendors.ts";
import ts from "typescript";

/** What a vendor is called in code and in texts. */
export interface VendorNames {
  /** `thunder-compute`: folder, package and provider. */
  id: string;
  /** `ThunderCompute`: part of the names of types. */
  pascal: string;
  /** `thunderCompute`: the provider's function. */
  camel: string;
  /** `Thunder Compute`: for people. */
  title: string;
  /** `createThunderComputeClient`. */
  factory: string;
  /** `ThunderComputeClient`. */
  client: string;
}

/** Refuses a name that cannot be a folder, a package and an identifier at once. */
export function refuseBadId(id: string): void {
  if (!/^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(id)) {
    throw new UserError(
      `"${id}" cannot be a vendor's name; it has lower-case letters, digits and single hyphens, such as acme-gpu`,
    );
  }
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true);
  scanner.setText(camelCase(id));
  if (scanner.scan() !== ts.SyntaxKind.Identifier) {
    throw new UserError(`"${id}" cannot be a vendor's name; it is a word of the language, so no function can have it`);
  }
}

export function namesOf(id: string, document: JsonObject): VendorNames {
  const pascal = pascalCase(id);
  const given = stringAt(objectAt(document, "info"), "title")?.replace(/\s+/g, " ").trim();
  const title = given?.replace(/ API$/i, "") || id;
  return { id, pascal, camel: camelCase(id), title, factory: `create${pascal}Client`, client: `${pascal}Client` };
}
