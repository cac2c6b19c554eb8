/** What a response has that its document does not. Nothing in it comes from a value of the response. */
export interface Finding {
  kind: FindingKind;
  /** JSON pointer into the body; `*` stands for any item of a list or a map. */
  pointer: string;
  /** What differs, in the words of the document and of JSON. The same difference always has the same text. */
  detail: string;
}

export type FindingKind =
  /** The status is not declared. */
  | "status"
  /** The body is missing, unreadable, of another type, or there although none is declared. */
  | "body"
  | "unknown-field"
  | "unknown-value"
  | "missing-field"
  | "type"
  /** A closed list, a format, a bound, a pattern. */
  | "constraint"
  /** The vendor responds without a key to what the document protects. */
  | "open"
  /** The published document is not the stored one. */
  | "document";

/** What a call proved. */
export type Outcome =
  | { outcome: "ok" }
  | { outcome: "drift" }
  | { outcome: "blocked"; reason: "no key" | "no right" | "no balance" }
  | { outcome: "failed"; reason: string }
  | { outcome: "skipped"; reason: string };

/** The names of all outcomes, in the order of reports. */
export const outcomes = ["ok", "drift", "blocked", "failed", "skipped"] as const satisfies readonly Outcome["outcome"][];

/** The result of one call. */
export type CallResult = Outcome & {
  /** The operation's name, or `document` for the published document. */
  operation: string;
  /** Null when nothing was received. */
  status: number | null;
  /** Findings that no case file has yet. */
  findings: Finding[];
  /** How many more a case file has. */
  known: number;
  /** The case file that was written, relative to the repository. */
  caseFile: string | null;
};

/** What a run reads: everything with a key, or what is public without one. */
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
