/** A difference between a response and its document. It contains no value of the response. */
export interface Finding {
  kind: FindingKind;
  /** JSON pointer into the body; `*` stands for any item of a list or a map. */
  pointer: string;
  /** What differs. The same difference always has the same text. */
  detail: string;
}

export type FindingKind =
  /** The status is not declared. */
  | "status"
  /** The body is missing, undeclared, not readable, or of another media type. */
  | "body"
  | "unknown-field"
  | "unknown-value"
  | "missing-field"
  | "type"
  /** A closed enum, a format, a bound or a pattern is violated. */
  | "constraint"
  /** A protected operation succeeds without a key. */
  | "open"
  /** The published document differs from the stored one. */
  | "document";

/** The outcome of a call. */
export type Outcome =
  | { outcome: "ok" }
  | { outcome: "drift" }
  | { outcome: "blocked"; reason: BlockedReason }
  | { outcome: "failed"; reason: string }
  | { outcome: "skipped"; reason: string };

export type BlockedReason = "no key" | "no right" | "no balance";

/** The names of all outcomes, in the order of reports. */
export const outcomes = ["ok", "drift", "blocked", "failed", "skipped"] as const satisfies readonly Outcome["outcome"][];

/** The result of one call. */
export type CallResult = Outcome & {
  /** The operation's name, or `document` for the published document. */
  operation: string;
  /** Null when nothing was received. */
  status: number | null;
  /** The findings that are in no case file yet. */
  findings: Finding[];
  /** The number of findings that are in a case file already. */
  known: number;
  /** The case file that was written, relative to the repository. */
  caseFile: string | null;
};

/** `read`: every read, with a key. `public`: what the vendor serves without one. */
export type RunKind = "read" | "public";

/** The result of one vendor's run. The table, the JSON report and the exit code come from it. */
export interface VendorRun {
  vendor: string;
  kind: RunKind;
  /** YYYY-MM-DD. */
  date: string;
  /** The version of the vendor's package. */
  version: string;
  baseUrl: string;
  results: CallResult[];
}

/** 0: nothing new. 1: a call failed. 2: all calls went through, and there is new drift. */
export function exitCode(runs: readonly VendorRun[]): number {
  const results = runs.flatMap(({ results }) => results);
  if (results.some(({ outcome }) => outcome === "failed")) return 1;
  return results.some(({ findings }) => findings.length > 0) ? 2 : 0;
}
