import { markdownCell, markdownCode, markdownLine, markdownLines } from "../openapi/text/markdown.ts";
import type { Impact } from "./impact.ts";

/** One thing that changed for the users of a vendor's package. */
export interface Change {
  /** The `operationId`; `METHOD /path` where there is none; `*` for what concerns every call. */
  operation: string;
  impact: Impact;
  message: string;
}

/** What became of an action of an overlay. */
export interface OverlayVerdict {
  /** File, number and target of the action, as in the composer's messages. */
  action: string;
  /**
   * `unnecessary` (upstream says the same), `superseded: …` (upstream says it in its own words), `lost` (upstream dropped an
   * operation, which this new action keeps), `hides a change of upstream: …` (it sets a value that upstream has changed or got),
   * `no longer fits: …`.
   */
  verdict: string;
}

/** What changed for the users of one vendor's package. */
export interface VendorReport {
  vendor: string;
  impact: Impact;
  /** The part of the version that the change raises. */
  bump: Impact;
  changes: Change[];
  overlays: OverlayVerdict[];
}

/** How a vendor's run ended. */
export type Status =
  /** Nothing changed. */
  | "unchanged"
  /** The files are in the tree. */
  | "written"
  /** The files would be in the tree, but for `--dry-run`. */
  | "would-write"
  /** The document was refused, or its overlays do not fit: the tree is as before. */
  | "refused";

/** A vendor's run with everything that the text report says. */
export interface Outcome {
  report: VendorReport;
  status: Status;
  /** Why it was refused. */
  reason?: string;
  /** Versions before and after. */
  versions?: { before: string; after: string };
  /** Files written or deleted, relative to the repository. */
  files: string[];
  /** What the linter finds in our words and examples, and what no longer compiles in code that depends on the package. */
  mend: string[];
  /** Calls that `@gpu/unified` makes and that changed. */
  lookAt: string[];
  /** Things for a person to read or do. */
  notes: string[];
}

/** The report on one vendor as Markdown: for the terminal and for the text of a pull request. */
export function renderOutcome(outcome: Outcome): string {
  const { report } = outcome;
  const lines = [`## ${report.vendor}: ${headline(outcome)}`, ""];
  if (outcome.reason !== undefined) lines.push(markdownLines(outcome.reason), "");
  // What is to be mended has a section of its own below.
  const changes = report.changes.filter(({ message }) => !message.startsWith("to mend: "));
  if (changes.length > 0) {
    lines.push("| Operation | Impact | What changed |", "| --- | --- | --- |");
    for (const { operations, impact, message } of rows(changes)) {
      lines.push(`| ${markdownCell(operations)} | ${impact} | ${markdownCell(markdownLine(message))} |`);
    }
    lines.push("");
  }
  section(
    lines,
    "Overlays",
    report.overlays.map(({ action, verdict }) => `${markdownLine(action)}: **${markdownLine(verdict)}**`),
  );
  section(lines, "`@gpu/unified` must look at", outcome.lookAt.map(markdownLine));
  section(lines, "To mend", outcome.mend.map(markdownLine));
  section(lines, "For a person", outcome.notes.map(markdownLines));
  section(lines, outcome.status === "would-write" ? "Files that would change" : "Files", outcome.files.map(markdownCode));
  return `${lines.join("\n").trimEnd()}\n`;
}

/** One row for what several calls have in common. */
function rows(changes: readonly Change[]): { operations: string; impact: Impact; message: string }[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const key = `${change.impact}\n${change.message}`;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const operations = group.map(({ operation }) => (operation === "*" ? "every call" : markdownCode(operation))).join(", ");
    return first ? [{ operations, impact: first.impact, message: first.message }] : [];
  });
}

function headline({ report, status, versions }: Outcome): string {
  if (status === "refused") return "refused, nothing was changed";
  if (status === "unchanged") return "no change";
  const version = versions && versions.after !== versions.before ? `, version ${versions.before} → ${versions.after}` : "";
  return `${report.impact} change${version}`;
}

function section(lines: string[], title: string, entries: readonly string[]): void {
  if (entries.length > 0) lines.push(`### ${title}`, "", ...entries.map((entry) => `- ${entry}`), "");
}
