import { pointerSteps } from "@gpu-scripts/openapi/json.ts";
import type { Impact } from "../impact.ts";

/** One difference between two versions of a vendor's document, as one of the checks sees it. */
export interface Finding {
  /** Names of the operations; none when it concerns every call. */
  operations: string[];
  impact: Impact;
  /** What changed, as a sentence for the package's users without its full stop. */
  message: string;
  /** Where in the operation, as a JSON pointer: findings of different checks about one place are one change. */
  where: string;
  /** Found at another operation that uses the same component: what our own checks say of this operation counts for more. */
  shared?: boolean;
  /** About something that the check of the types rates for each operation by itself. */
  inTypes?: boolean;
}

/** `/responses/200/content/application~1json/schema/properties/keys/items/properties/name` → ``field `keys[].name` of answer 200`` */
export function describePlace(pointer: string): string {
  const steps = pointerSteps(pointer);
  const [top, second] = steps;
  if (top === undefined) return "the call";
  if (top === "parameters") return steps.length >= 3 ? `${second} parameter \`${steps[2]}\`` : "the parameters";
  if (["info", "servers", "tags", "security", "components"].includes(top))
    return `the document's \`${steps.slice(0, 3).join(".")}\``;
  const owner =
    top === "requestBody" ? "the request body" : top === "responses" && second !== undefined ? `answer ${second}` : `\`${top}\``;
  const field = fieldOf(steps);
  if (field !== "") return top === "requestBody" ? `request field \`${field}\`` : `field \`${field}\` of ${owner}`;
  const content = steps.indexOf("content");
  if (content !== -1 && steps.length === content + 1) return `the content of ${owner}`;
  if (content !== -1 && steps.length === content + 2) return `\`${steps[content + 1]}\` content of ${owner}`;
  return owner;
}

function fieldOf(steps: readonly string[]): string {
  let field = "";
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index];
    const next = steps[index + 1];
    if (step === "properties" && next !== undefined) {
      field += field === "" ? next : `.${next}`;
      index += 1;
    } else if (step === "items") {
      field += "[]";
    } else if (step === "additionalProperties") {
      field += "{}";
    } else if (step === "headers" && next !== undefined) {
      field += `header ${next}`;
      index += 1;
    }
  }
  return field;
}
