import { markdownCell, markdownCode, markdownLine, markdownLines } from "../openapi/text/markdown.ts";
import type { Change } from "./change.ts";
import { messageOf } from "./change-text.ts";
import type { Fixable, Outcome, RefusalReason, Verdict } from "./outcome.ts";

/** The report on one vendor as Markdown: for the terminal and for the text of a pull request. */
export function renderOutcome(outcome: Outcome): string {
  const { vendor, status, changes, overlays, lookAt, fixable, notes, files } = outcome;
  const lines = [`## ${vendor}: ${headline(outcome)}`, ""];
  for (const reason of outcome.reasons) lines.push(reasonText(reason), "");
  if (changes.length > 0) lines.push("| Operation | Impact | What changed |", "| --- | --- | --- |", ...rows(changes), "");
  section(
    lines,
    "Overlays",
    overlays.map((verdict) => `${markdownLine(verdict.action)}: **${markdownLine(verdictText(verdict))}**`),
  );
  section(
    lines,
    "Check in `@gpu/unified`",
    lookAt.map(({ file, change }) => markdownLine(`${markdownCode(file)} uses ${operationText(change)}: ${messageOf(change)}`)),
  );
  section(
    lines,
    "To fix",
    fixable.map((item) => markdownLine(fixableText(item))),
  );
  section(lines, "For a person", notes.map(markdownLines));
  section(lines, status === "would-write" ? "Files that would change" : "Files", files.map(markdownCode));
  return `${lines.join("\n").trimEnd()}\n`;
}

function headline({ status, versions, impact }: Outcome): string {
  if (status === "refused") return "refused, nothing was changed";
  if (status === "unchanged") return "no change";
  const version = versions && versions.after !== versions.before ? `, version ${versions.before} → ${versions.after}` : "";
  return `${impact} change${version}`;
}

function reasonText(reason: RefusalReason): string {
  switch (reason.kind) {
    case "document":
      return markdownLines(reason.message);
    case "lint": {
      const problems = reason.problems.map(
        ({ pointer, message, rule }) => `- ${markdownLine(`${pointer}: ${message} (${rule})`)}`,
      );
      return ["The composed document does not pass the linter:", "", ...problems].join("\n");
    }
    case "overlays-misfit":
      return "Actions of the overlays no longer fit the document. Fix them, the first one first: it may cause the others.";
    case "overlays-to-prune":
      return "Upstream made actions of the overlays unnecessary. Run this again with --prune to delete them.";
  }
}

function verdictText(verdict: Verdict): string {
  switch (verdict.verdict) {
    case "unnecessary":
      return `unnecessary: ${causes[verdict.cause]} ${verdict.parts.length > 0 ? verdict.parts.join(", ") : "it"}`;
    case "adapted":
      return `adapted: what it removes is now ${verdict.target}`;
    case "superseded":
      return `superseded: upstream now describes ${verdict.parts.join(", ")} itself`;
    case "lost":
      return "lost";
    case "hides":
      return `hides a change of upstream: ${verdict.fields.map(({ field, before, after }) => `${field} changed from ${before ?? "nothing"} to ${after}`).join(", ")}`;
    case "misfit":
      return `no longer fits: ${verdict.reason}`;
  }
}

const causes = {
  "in-upstream": "upstream now has",
  "dropped-upstream": "upstream dropped",
  "used-upstream": "upstream now uses",
} as const;

function fixableText(item: Fixable): string {
  if (item.kind === "lint") return `${item.place}: ${item.message} (${item.rule})`;
  return `${item.file}:${item.line}: ${item.message}`;
}

/** One row for what several calls have in common. */
function rows(changes: readonly Change[]): string[] {
  const groups = new Map<string, Set<string>>();
  for (const change of changes) {
    const shared = `${change.impact} | ${markdownCell(markdownLine(messageOf(change)))}`;
    groups.set(shared, (groups.get(shared) ?? new Set()).add(operationText(change)));
  }
  return [...groups].map(([shared, operations]) => `| ${markdownCell([...operations].join(", "))} | ${shared} |`);
}

function operationText({ operation }: Change): string {
  return operation === "*" ? "every call" : markdownCode(operation);
}

function section(lines: string[], title: string, entries: readonly string[]): void {
  if (entries.length > 0) lines.push(`### ${title}`, "", ...entries.map((entry) => `- ${entry}`), "");
}
