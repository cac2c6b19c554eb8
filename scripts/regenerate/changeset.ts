import { createHash } from "node:crypto";
import { markdownCode, markdownLine } from "@gpu-scripts/openapi/text/markdown.ts";
import type { Comparison } from "./compare/compare.ts";
import type { Impact } from "./impact.ts";
import type { Change } from "./report.ts";

export interface ChangesetInput {
  vendor: string;
  /** What people call the vendor. */
  title: string;
  comparison: Comparison;
  bump: Impact;
  /** How far `@gpu/unified` must follow; `none` when its range still takes the vendor's new version. */
  unifiedBump: Impact;
  /** The new composed document: the same change gives the same file, so a second run writes nothing new. */
  content: string;
}

/** The changesets of one vendor's change, by path relative to the repository. */
export function changesets(input: ChangesetInput): Map<string, string> {
  const { vendor, bump, unifiedBump, content } = input;
  const name = `.changeset/${vendor}-${createHash("sha256").update(content).digest("hex").slice(0, 8)}`;
  const files = new Map([[`${name}.md`, render(`@gpu/${vendor}`, bump, textFor(input))]]);
  if (unifiedBump !== "none") files.set(`${name}-unified.md`, render("@gpu/unified", unifiedBump, unifiedText(input)));
  return files;
}

function render(packageName: string, bump: Impact, text: string): string {
  return `---\n"${packageName}": ${bump}\n---\n\n${text.trim()}\n`;
}

/** What a user of the package wants to read: which calls changed, how, and what to do. */
function textFor({ title: given, comparison }: ChangesetInput): string {
  const title = markdownLine(given);
  const { changes, impact } = comparison;
  const lines = [headline(title, impact, changes)];
  list(lines, "Breaking:", changes, "major");
  list(lines, "New:", changes, "minor");
  const rest = operationsOf(changes.filter((change) => change.impact === "patch"));
  if (rest.length > 0 && impact !== "patch")
    lines.push("", `Descriptions, examples or limits also changed for ${names(rest)}. Nothing to do.`);
  return lines.join("\n");
}

function headline(title: string, impact: Impact, changes: readonly Change[]): string {
  const operations = operationsOf(changes.filter((change) => change.impact === impact));
  switch (impact) {
    case "major":
      return `The API of ${title} changed. Look at your code if it uses ${names(operations)}.`;
    case "minor":
      return `The API of ${title} grew: ${names(operations)}. Code that uses the package goes on working.`;
    default:
      return `Descriptions, examples or limits of ${title} changed for ${names(operations)}. Nothing to do.`;
  }
}

function list(lines: string[], title: string, changes: readonly Change[], impact: Impact): void {
  const entries = groupByMessage(changes.filter((change) => change.impact === impact));
  if (entries.length > 0)
    lines.push(
      "",
      title,
      "",
      ...entries.map(
        ([message, operations]) =>
          `- ${names(operations)}: ${markdownLine(message)}.${impact === "major" ? advice(message) : ""}`,
      ),
    );
}

/** One line for what several calls have in common. */
function groupByMessage(changes: readonly Change[]): [message: string, operations: string[]][] {
  const groups = new Map<string, string[]>();
  for (const { message, operation } of changes) groups.set(message, [...(groups.get(message) ?? []), operation]);
  return [...groups];
}

const advices: readonly [RegExp, string][] = [
  [/^(?:request field|.* parameter) .* (?:was removed|is gone)$/, "Stop sending it."],
  [/ of answer \S+ was removed$/, "Stop reading it."],
  [/ is (?:new and|now) required$/, "Send it with every call."],
  [/ may now be missing$/, "Handle its absence."],
  [/ may now be `null`$/, "Handle null."],
  [/^the call is now /, "Call it by its new name."],
  [/^the call is gone$/, "The vendor no longer offers it."],
  [/^its path .* is gone from `http`$/, "Use the new path, or the named call."],
  [/ is no longer exported$/, "Import the type by its new name, or describe it yourself."],
  [/^`Known\w+` lost /, "Remove it from exhaustive maps."],
  [/^`x-paid` |^`x-idempotent` |^`x-idempotency-key` /, "Check how your code reacts to a lost answer of this call."],
  [/^security went /, "Check that the client has a key that may make this call."],
  [/ can no longer be | may now be /, "Adapt the type where you name it."],
];

function advice(message: string): string {
  const found = advices.find(([pattern]) => pattern.test(message));
  return found ? ` ${found[1]}` : "";
}

function unifiedText({ vendor, title, comparison }: ChangesetInput): string {
  const breaking = operationsOf(comparison.changes.filter((change) => change.impact === "major"));
  const what = breaking.length > 0 ? `which changed ${names(breaking)}` : "whose known values changed";
  return `Follows the new version of \`@gpu/${vendor}\`, ${what}. If you use \`gpu.providers\` or \`providerOptions\` of ${markdownLine(title)} directly, read the changes of \`@gpu/${vendor}\`.`;
}

function operationsOf(changes: readonly Change[]): string[] {
  return [...new Set(changes.map(({ operation }) => operation))];
}

const mostNames = 6;

/** `a`, `b` and `c`; beyond a few, how many more. */
function names(operations: readonly string[]): string {
  if (operations.length === 0 || operations.includes("*")) return "every call";
  const shown = operations.slice(0, mostNames).map(markdownCode);
  const more = operations.length - shown.length;
  if (more > 0) return `${shown.join(", ")} and ${more} more`;
  return shown.length === 1 ? String(shown[0]) : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/**
 * How far `@gpu/unified` must follow a vendor's package. It hands the vendor's client and request types on to its own users, so
 * what breaks them breaks these; and when its own code must be mended, that is a change of it.
 */
export function unifiedImpact(impact: Impact, mustBeMended: boolean): Impact {
  if (impact === "major") return "major";
  return mustBeMended ? "patch" : "none";
}
