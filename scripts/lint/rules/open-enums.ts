import { typesOf, walkDescription } from "@gpu-scripts/openapi/schemas.ts";
import type { Problem, Rule } from "../rule.ts";

/** An open enum is a component `type: string` whose values are known, and of which others may come. */
export const openEnums: Rule = {
  id: "open-enums",
  check(document) {
    const problems: Problem[] = [];
    walkDescription(document, (object, place) => {
      const values = object["x-extensible-enum"];
      if (values === undefined || place.at(-1) === "properties") return;
      const say = (message: string) => problems.push({ message, place });
      if (!(place.length === 3 && place[0] === "components" && place[1] === "schemas")) {
        say("`x-extensible-enum` belongs on a component schema, so that its values get a type of their own");
      }
      if (!typesOf(object).includes("string") || typesOf(object).some((type) => type !== "string" && type !== "null")) {
        say("`x-extensible-enum` needs `type: string`");
      }
      if (object["enum"] !== undefined) say("`x-extensible-enum` and `enum` cannot both hold: open or closed");
      if (!Array.isArray(values) || values.length === 0 || !values.every((value) => typeof value === "string")) {
        say("`x-extensible-enum` must list at least one known value, all of them strings");
      } else if (new Set(values).size !== values.length) say("`x-extensible-enum` lists a value twice");
    });
    return problems;
  },
};
