import { dereference, isObject, type JsonObject, objectAt } from "../json.ts";
import { variantsOf } from "../pointers.ts";
import { type Property, propertiesOf, wordsOf } from "../schemas.ts";
import { unmarkedSecrets } from "../secret-names.ts";
import type { Repair } from "./repair.ts";

/** Maps and lists of environment variables, which often contain keys. */
const environment = /^(?:env|envs|environment|env(?:ironment)? (?:vars?|variables?))$/;

/** Marks fields that hold a secret, so that errors, hooks and logs redact them. */
export const secrets: Repair = {
  title: "fields marked as secret by their names",
  listsNames: true,
  apply(document, note) {
    const mark = ({ schema, place }: Property) => {
      schema["x-secret"] = true;
      note(place);
    };
    unmarkedSecrets(document).forEach(mark);
    propertiesOf(document)
      .filter(({ name, schema }) => environment.test(wordsOf(name).join(" ")) && !declaresSecret(document, schema))
      .forEach(mark);
  },
};

/** Whether a schema, or a field of its items, declares that it is secret or that it is not. */
function declaresSecret(document: JsonObject, schema: JsonObject): boolean {
  const found = dereference(document, schema);
  const items = isObject(found) ? variantsOf(document, found["items"]) : [];
  const fields = items.flatMap((item) => Object.values(objectAt(item, "properties")));
  return [schema, found, ...fields].some((one) => isObject(one) && typeof one["x-secret"] === "boolean");
}
