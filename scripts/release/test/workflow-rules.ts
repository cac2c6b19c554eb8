import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { parse } from "yaml";

/**
 * Reports security problems of a GitHub workflow. Implements the rules of zizmor (https://docs.zizmor.sh/audits/) that apply to our
 * workflows, because zizmor is not in the npm registry, and three custom rules: a job that reads a document has no credentials, a step
 * with a token installs nothing, and pull requests cannot reach a secret.
 */
export function insecurities(text: string): string[] {
  const workflow = parse(text) as JsonObject;
  const found = [...ofWorkflow(workflow), ...ofActions(text)];
  for (const [name, job] of jobsOf(workflow)) {
    found.push(...[...ofJob(job), ...ofSecrets(workflow, job)].map((problem) => `${name}: ${problem}`));
  }
  return found;
}

export function jobsOf(workflow: JsonObject): [name: string, job: JsonObject][] {
  return Object.entries(objectAt(workflow, "jobs")).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
}

export function stepsOf(job: JsonObject): JsonObject[] {
  return Array.isArray(job["steps"]) ? job["steps"].filter(isObject) : [];
}

function eventsOf(workflow: JsonObject): string[] {
  const on = workflow["on"];
  return isObject(on) ? Object.keys(on) : [on].flat().map(String);
}

function ofWorkflow(workflow: JsonObject): string[] {
  return [
    ...eventsOf(workflow)
      .filter((event) => ["pull_request_target", "workflow_run", "issue_comment"].includes(event))
      .map((event) => `${event} runs with permissions on untrusted input`),
    ...(isObject(workflow["permissions"]) && Object.keys(workflow["permissions"]).length === 0
      ? []
      : ["every job must declare its own permissions: the workflow does not have `permissions: {}` at the top"]),
    ...(hasToken(workflow["env"]) ? ["every job has a token in its environment"] : []),
    ...("defaults" in workflow ? ["`defaults` hides which shell a step runs in"] : []),
  ];
}

function ofActions(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => /^\s*(?:- )?["']?uses["']?\s*:/.test(line))
    .filter(
      (line) => !/uses: (?:[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\.\/\.github\/workflows\/[\w-]+\.yml)$/.test(line),
    )
    .map((line) => `not pinned by its full commit with the version next to it: ${line.trim()}`);
}

function ofJob(job: JsonObject): string[] {
  const steps = stepsOf(job);
  const permissions = job["permissions"];
  const granted = isObject(permissions) ? Object.entries(permissions) : [];
  const writes = granted.filter(([scope, right]) => right === "write" && scope !== "id-token").map(([scope]) => scope);
  const isCall = "uses" in job;
  const found: string[] = [];
  if (!isObject(permissions)) found.push("declares no permissions");
  if (!isCall && job["runs-on"] !== "ubuntu-latest") found.push("does not run on a GitHub-hosted runner");
  if ("container" in job || "services" in job) found.push("runs in a container, which is not pinned");
  if ("secrets" in job) found.push("passes secrets on");
  if (hasToken(job["env"])) found.push("all its steps have a token in their environment");
  if (writes.length > 0 && steps.some(installs)) found.push(`installs or runs dependencies with write permission for ${writes}`);
  if (steps.some(readsDocument) && JSON.stringify(permissions) !== '{"contents":"read"}')
    found.push("reads a document and may do more than read the repository");
  if (steps.some(readsDocument) && JSON.stringify(steps).includes("github.token")) found.push("reads a document and has a token");
  return [...found, ...steps.flatMap((step) => ofStep(step).map((problem) => `${nameOf(step)}: ${problem}`))];
}

function ofStep(step: JsonObject): string[] {
  const run = stringAt(step, "run") ?? "";
  const action = (stringAt(step, "uses") ?? "").replace(/@.*/, "");
  const inputs = objectAt(step, "with");
  const found: string[] = [];
  if ([run, stringAt(inputs, "script") ?? "", stringAt(step, "shell") ?? ""].some((code) => code.includes("${{")))
    found.push("interpolates an expression into code");
  if (/GITHUB_(?:ENV|PATH)\b/.test(run)) found.push("changes the environment of later steps");
  if (/ACTIONS_ALLOW_UNSECURE_COMMANDS/.test(JSON.stringify(step))) found.push("allows commands in its output");
  if (action === "actions/checkout" && inputs["persist-credentials"] !== false) found.push("leaves a token in .git/config");
  if (
    action === "actions/cache" ||
    (action === "actions/setup-node" && ("cache" in inputs || inputs["package-manager-cache"] !== false))
  )
    found.push("uses a cache that other runs can write");
  if (/^actions\/(?:up|down)load-artifact$/.test(action)) {
    if (!/^\$\{\{ runner\.temp \}\}\/[\w-]+$/.test(stringAt(inputs, "path") ?? ""))
      found.push("its artifact is not in a dedicated folder");
    if (!/^[a-z]+(?:-\$\{\{ (?:inputs|matrix)\.[a-z]+ \}\})?$/.test(stringAt(inputs, "name") ?? ""))
      found.push("its artifact has no dedicated name");
  }
  if (hasGitHubToken(step["env"]) && (installs(step) || !/\bgh\b|\bgit push\b/.test(run)))
    found.push("has a token that it does not need");
  return found;
}

/**
 * A secret, such as a vendor's key, is allowed only in a variable of a step that installs nothing, in a job with read-only permissions
 * and a protected environment, on `main`, in a workflow that external events cannot trigger.
 */
function ofSecrets(workflow: JsonObject, job: JsonObject): string[] {
  const isSecret = (value: JsonValue | undefined) => /\bsecrets\s*[.[]/.test(JSON.stringify(value ?? null));
  const secret = stepsOf(job).filter(isSecret);
  if (secret.length === 0) return [];
  const outside = secret.filter((step) => isSecret({ ...step, env: null }));
  const installing = secret.filter((step) => /\b(?:npm|npx|pnpm|yarn|bunx?)\b/.test(stringAt(step, "run") ?? ""));
  const starters = eventsOf(workflow).filter((event) => event !== "schedule" && event !== "workflow_dispatch");
  return [
    ...starters.map((event) => `uses a secret in a workflow that ${event} starts`),
    ...(typeof job["environment"] === "string" ? [] : ["uses a secret outside of a protected environment"]),
    ...(job["if"] === "github.ref == 'refs/heads/main'" ? [] : ["uses a secret on branches other than main"]),
    ...(JSON.stringify(job["permissions"]) === '{"contents":"read"}' ? [] : ["uses a secret and may do more than read"]),
    ...outside.map((step) => `${nameOf(step)}: uses a secret outside of its environment variables`),
    ...installing.map((step) => `${nameOf(step)}: uses a secret where it installs`),
  ];
}

function nameOf(step: JsonObject): string {
  return (
    stringAt(step, "name") ?? stringAt(step, "uses")?.replace(/@.*/, "") ?? stringAt(step, "run")?.split("\n")[0] ?? "a step"
  );
}

function hasToken(env: JsonValue | undefined): boolean {
  return /\$\{\{[^}]*(?:github\.token|secrets\b)/.test(JSON.stringify(env ?? {}));
}

function hasGitHubToken(env: JsonValue | undefined): boolean {
  return /\$\{\{[^}]*github\.token/.test(JSON.stringify(env ?? {}));
}

/** Whether a step runs third-party code: a package manager, or a program that needs installed packages. */
function installs(step: JsonObject): boolean {
  return /\b(?:npm|npx|pnpm|yarn|bunx?)\b|node_modules|\.ci\/run/.test(stringAt(step, "run") ?? "");
}

function readsDocument(step: JsonObject): boolean {
  return /\bregenerate(?:\.ts)?\b/.test(stringAt(step, "run") ?? "");
}
