import { type JsonObject, objectAt, stringAt } from "./json.ts";
import { UserError } from "./user-error.ts";
import { camelCase, pascalCase } from "./vendors.ts";

/** What a vendor is called in code and in texts. */
export interface VendorNames {
  /** `thunder-compute`: folder, package and provider. */
  id: string;
  /** `ThunderCompute`: part of the names of types. Spelled as the title if that differs only in its capitals: `RunPod`. */
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

/** Derives every name of a vendor from the id and the title in its document. */
export function vendorNames(document: JsonObject): VendorNames {
  const id = stringAt(objectAt(document, "x-gpu-client"), "vendor");
  if (!id) throw new UserError('the composed document lacks "vendor" in x-gpu-client');
  const given = stringAt(objectAt(document, "info"), "title")?.replace(/\s+/g, " ").trim();
  const title = given?.replace(/ API$/i, "") || id;
  const spelled = title.replaceAll(" ", "");
  const isName = /^[A-Z][A-Za-z\d]*$/.test(spelled) && spelled.toLowerCase() === id.replaceAll("-", "");
  const pascal = isName ? spelled : pascalCase(id);
  return { id, pascal, camel: camelCase(id), title, factory: `create${pascal}Client`, client: `${pascal}Client` };
}
