import { descriptionRule } from "../rule.ts";

/** OpenAPI 3.1 has no `nullable`; it would be ignored. */
export const noNullable = descriptionRule("no-nullable", (object, report) => {
  if (object["nullable"] === undefined) return;
  report("`nullable` is ignored in OpenAPI 3.1; write `type: [x, 'null']` or `anyOf: [$ref, { type: 'null' }]`", "nullable");
});
