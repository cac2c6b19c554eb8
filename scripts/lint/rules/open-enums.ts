import { typesOf } from "@gpu-scripts/openapi/schemas.ts";
import { descriptionRule } from "../rule.ts";

/** An open enum is a component with `type: string` and a list of known values; the vendor may add others. */
export const openEnums = descriptionRule("open-enums", (object, report, place) => {
  const values = object["x-extensible-enum"];
  if (values === undefined) return;
  if (!(place.length === 3 && place[0] === "components" && place[1] === "schemas")) {
    report("`x-extensible-enum` belongs on a component schema, so that its values get a named type");
  }
  if (!typesOf(object).includes("string") || typesOf(object).some((type) => type !== "string" && type !== "null")) {
    report("`x-extensible-enum` needs `type: string`");
  }
  if (object["enum"] !== undefined) report("use `x-extensible-enum` (open) or `enum` (closed), not both");
  if (!Array.isArray(values) || values.length === 0 || !values.every((value) => typeof value === "string")) {
    report("`x-extensible-enum` must list at least one known value, all of them strings");
  } else if (new Set(values).size !== values.length) report("`x-extensible-enum` lists a value twice");
});
