import type { LintProblem } from "../openapi/redocly.ts";
import type { Change } from "./change.ts";
import type { Impact } from "./impact.ts";

/** Why an action is unnecessary: upstream now has what it sets, dropped what it corrects, or uses what it removes. */
export type Cause = "in-upstream" | "dropped-upstream" | "used-upstream";

/** What became of one action of an overlay. */
export type Verdict =
  /** `parts` is empty where that is all of it. */
  | { verdict: "unnecessary"; cause: Cause; parts: string[] }
  /** Upstream moved or changed what the action removes, which is still the same thing; `target` is where it now is. */
  | { verdict: "adapted"; target: string }
  /** Upstream now has its own version of these operations or components. */
  | { verdict: "superseded"; parts: string[] }
  /** Upstream dropped an operation, which this new action keeps. */
  | { verdict: "lost" }
  /** The action sets values that upstream has changed or added. */
  | { verdict: "hides"; fields: HiddenField[] }
  | { verdict: "misfit"; reason: string };

/** A verdict on an action, named by its file, number and target. */
export type OverlayVerdict = Verdict & { action: string };

/** A value of upstream that an action sets too; `before` and `after` are JSON, `before` is null where upstream had none. */
export interface HiddenField {
  field: string;
  before: string | null;
  after: string;
}

/** Something in our code or documents to fix after the run. */
export type Fixable =
  /** `place` is the vendor's folder and the JSON pointer into its composed document. */
  | { kind: "lint"; operation: string; place: string; rule: string; message: string }
  | { kind: "compile"; file: string; line: number; message: string };

/** Why a run was refused. */
export type RefusalReason =
  /** The document, or what follows from it, is not acceptable. */
  | { kind: "document"; message: string }
  | { kind: "lint"; problems: LintProblem[] }
  | { kind: "overlays-misfit" }
  | { kind: "overlays-to-prune" };

export const statuses = [
  "unchanged",
  /** The files are in the tree. */
  "written",
  /** The files would be in the tree, but for `--dry-run`. */
  "would-write",
  /** The tree is as before. */
  "refused",
] as const;
export type Status = (typeof statuses)[number];

/** The result of one vendor's run. The exit code, the JSON report and the text report all come from it. */
export interface Outcome {
  vendor: string;
  status: Status;
  /** Empty unless the run was refused. */
  reasons: RefusalReason[];
  impact: Impact;
  /** The part of the version that the change raises. */
  bump: Impact;
  versions?: { before: string; after: string };
  changes: Change[];
  /** Only of actions that are not simply needed as they are. */
  overlays: OverlayVerdict[];
  fixable: Fixable[];
  /** Breaking or new parts of calls that `@gpu/unified` makes, by the file that makes the call. */
  lookAt: { file: string; change: Change }[];
  /** Things for a person to read or do. */
  notes: string[];
  /** Files that were or would be written, relative to the repository. */
  files: string[];
}

/** 0: done. 1: a vendor was refused. 2: done, and something must be fixed. */
export function exitCode(outcomes: readonly Outcome[]): 0 | 1 | 2 {
  if (outcomes.some(({ status }) => status === "refused")) return 1;
  return outcomes.some(({ fixable }) => fixable.length > 0) ? 2 : 0;
}
