import { list, stringAt } from "@gpu-scripts/openapi/json.ts";
import { titleOf } from "@gpu-scripts/openapi/operations.ts";
import { operationRule } from "../rule.ts";

/** Every operation has a summary, one tag, and a description that names the source of its facts. */
export const operationTexts = operationRule("operation-texts", (operation, reportAt, document) => {
  const { object } = operation;
  const report = (problem: string) => reportAt(`${titleOf(operation)} ${problem}`);
  if (!stringAt(object, "summary")?.trim()) report("needs a `summary`");
  if (!/^Source: https:\/\/\S+$/m.test(stringAt(object, "description") ?? "")) {
    report("needs a `description` with a line `Source: https://…`, the page with its facts");
  }
  const [tag, ...others] = list(object["tags"]);
  if (typeof tag !== "string" || others.length > 0) report("needs exactly one tag");
  else if (!list(document["tags"]).some((declared) => stringAt(declared, "name") === tag)) {
    report(`has the tag \`${tag}\`, which the root's \`tags\` do not declare`);
  }
});
