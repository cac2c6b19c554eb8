import { isObject, type JsonValue, objectAt, stringAt } from "../openapi/json.ts";
import { UserError } from "../openapi/user-error.ts";
import type { Call } from "./call.ts";

/** The name of the job in `ci.yml`, by which GitHub knows its check. */
export const checkName = "Check";

/**
 * Why nothing may merge into a branch by itself; undefined when GitHub requires CI to pass for every pull request. Without a
 * required check, GitHub merges at once when auto-merge is turned on.
 */
export async function whyNotByItself(branch: string, call: Call): Promise<string | undefined> {
  const name = encodeURIComponent(branch);
  const failures: string[] = [];
  for (const [path, contextsOf] of [
    [`repos/{owner}/{repo}/rules/branches/${name}?per_page=100`, contextsOfRules],
    [`repos/{owner}/{repo}/branches/${name}`, contextsOfProtection],
  ] as const) {
    try {
      if (contextsOf(parse(await call("gh", ["api", path]), path)).includes(checkName)) return undefined;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error.message);
    }
  }
  if (failures.length > 0)
    return `whether \`${branch}\` requires the check "${checkName}" cannot be read (${failures.join("; ")})`;
  return `\`${branch}\` does not require the check "${checkName}"`;
}

/** Checks that the active rulesets require, including those of the organization. */
function contextsOfRules(rules: JsonValue): JsonValue[] {
  return objectsIn(rules)
    .filter((rule) => rule["type"] === "required_status_checks")
    .flatMap((rule) => objectsIn(objectAt(rule, "parameters")["required_status_checks"]))
    .flatMap((check) => stringAt(check, "context") ?? []);
}

/** Checks that the branch protection requires, as far as GitHub shows them to non-administrators. */
function contextsOfProtection(branch: JsonValue): JsonValue[] {
  const contexts = objectAt(objectAt(branch, "protection"), "required_status_checks")["contexts"];
  return Array.isArray(contexts) ? contexts : [];
}

function objectsIn(value: JsonValue | undefined) {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function parse(text: string, path: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new UserError(`gh api ${path}: the response is not JSON`);
  }
}
