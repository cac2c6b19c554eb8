import { list, stringAt } from "@gpu-scripts/openapi/json.ts";
import { placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** Every operation has a summary, one tag, and a description that names the source of its facts. */
export const operationTexts: Rule = {
  id: "operation-texts",
  check(document) {
    const tags = list(document["tags"]).map((tag) => stringAt(tag, "name"));
    return eachOperation(document, (operation) => {
      const { object } = operation;
      const problems: string[] = [];
      if (!stringAt(object, "summary")?.trim()) problems.push("needs a `summary`");
      if (!/^Source: https:\/\/\S+$/m.test(stringAt(object, "description") ?? "")) {
        problems.push("needs a `description` with a line `Source: https://…`, the page with its facts");
      }
      const [tag, ...others] = list(object["tags"]);
      if (typeof tag !== "string" || others.length > 0) problems.push("needs exactly one tag");
      else if (!tags.includes(tag)) problems.push(`has the tag \`${tag}\`, which the root's \`tags\` do not declare`);
      return problems.map((problem) => ({ message: `${titleOf(operation)} ${problem}`, place: placeOf(operation) }));
    });
  },
};
