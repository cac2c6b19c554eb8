import { readChange } from "./change.ts";
import { impacts } from "./impact.ts";
import { both, kinds, listOf, number, object, oneOf, type Read, string, stringOrNull } from "./readers.ts";

/** Why an action is unnecessary: upstream now has what it sets, dropped what it corrects, or uses what it removes. */
const readCause = oneOf("in-upstream", "dropped-upstream", "used-upstream");
export type Cause = Read<typeof readCause>;

/** A value of upstream that an action sets too; `before` and `after` are JSON, `before` is null where upstream had none. */
const readHiddenField = object({ field: string, before: stringOrNull, after: string });
export type HiddenField = Read<typeof readHiddenField>;

/** What became of one action of an overlay. */
const readVerdict = kinds("verdict", {
  /** `parts` is empty where that is all of it. */
  unnecessary: { cause: readCause, parts: listOf(string) },
  /** Upstream moved or changed what the action removes, which is still the same thing; `target` is where it now is. */
  adapted: { target: string },
  /** Upstream now has its own version of these operations or components. */
  superseded: { parts: listOf(string) },
  /** Upstream dropped an operation, which this new action keeps. */
  lost: {},
  /** The action sets values that upstream has changed or added. */
  hides: { fields: listOf(readHiddenField) },
  misfit: { reason: string },
});
export type Verdict = Read<typeof readVerdict>;

/** A verdict on an action, named by its file, number and target. */
const readOverlayVerdict = both(object({ action: string }), readVerdict);
export type OverlayVerdict = Read<typeof readOverlayVerdict>;

/** Something in our code or documents to fix after the run. */
const readFixable = kinds("kind", {
  /** `place` is the vendor's folder and the JSON pointer into its composed document. */
  lint: { operation: string, place: string, rule: string, message: string },
  compile: { file: string, line: number, message: string },
});
export type Fixable = Read<typeof readFixable>;

/** Why a run was refused. */
const readReason = kinds("kind", {
  /** The document, or what follows from it, is not acceptable. */
  document: { message: string },
  lint: { problems: listOf(object({ pointer: string, message: string, rule: string })) },
  "overlays-misfit": {},
  "overlays-to-prune": {},
});
export type RefusalReason = Read<typeof readReason>;

/** The result of one vendor's run. The exit code, the JSON report and the text report all come from it. */
export const readReportEntry = object(
  {
    vendor: string,
    /** `would-write`: the files would be in the tree, but for `--dry-run`. `refused`: the tree is as before. */
    status: oneOf("unchanged", "written", "would-write", "refused"),
    /** Empty unless the run was refused. */
    reasons: listOf(readReason),
    impact: oneOf(...impacts),
    /** The part of the version that the change raises. */
    bump: oneOf(...impacts),
    changes: listOf(readChange),
    /** Only of actions that are not simply needed as they are. */
    overlays: listOf(readOverlayVerdict),
    fixable: listOf(readFixable),
    /** Breaking or new parts of calls that `@gpu/unified` makes, by the file that makes the call. */
    lookAt: listOf(object({ file: string, change: readChange })),
    /** Things for a person to read or do. */
    notes: listOf(string),
    /** Files that were or would be written, relative to the repository. */
    files: listOf(string),
  },
  { versions: object({ before: string, after: string }) },
);
export type Outcome = Read<typeof readReportEntry>;

/** 0: done. 1: a vendor was refused. 2: done, and something must be fixed. */
export function exitCode(outcomes: readonly Outcome[]): 0 | 1 | 2 {
  if (outcomes.some(({ status }) => status === "refused")) return 1;
  return outcomes.some(({ fixable }) => fixable.length > 0) ? 2 : 0;
}
