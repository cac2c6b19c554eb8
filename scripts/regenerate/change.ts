import type { Impact } from "./impact.ts";

/** The facts that changes carry, by name. */
interface Facts {
  /** JSON pointer from the operation. Parameters stand under their place and name: `/parameters/query/limit`. */
  place: string;
  /** JSON pointer from `x-gpu-client`. */
  pointer: string;
  /** Name of an operation, before or after it was renamed. */
  name: string;
  /** Method and path. */
  route: string;
  /** Name of an exported type, or a TypeScript type as text. */
  type: string;
  field: string;
  header: string;
  extension: keyof typeof promises;
  /** Values as text; null where there is none. */
  before: string | null;
  after: string | null;
  values: readonly string[];
  files: readonly string[];
  /** The property of a place. */
  part: string;
}

/** Extensions that decide what the runtime may do with a call. */
export const promises = {
  "x-paid": "whether the call may cost money",
  "x-idempotent": "whether the call may be sent again",
  "x-reads": "whether the call only reads",
  "x-idempotency-key": "under which key the call may be sent again",
} as const;

/** Every kind of change with the facts that it carries. */
const factsByKind = {
  "package-added": [],
  regenerated: ["files"],
  // Calls and exported types.
  "call-added": [],
  "call-removed": [],
  "call-renamed": ["name"],
  "call-was-renamed": ["name"],
  "route-removed": ["route"],
  "type-added": ["type"],
  "type-removed": ["type"],
  "known-values-added": ["type", "values"],
  "known-values-removed": ["type", "values"],
  // What callers send and receive.
  added: ["place"],
  "added-required": ["place"],
  "added-result": ["place"],
  removed: ["place"],
  required: ["place"],
  optional: ["place"],
  "always-present": ["place"],
  "may-be-missing": ["place"],
  "may-be": ["place", "type"],
  "cannot-be": ["place", "type"],
  "keys-limited": ["place"],
  "keys-opened": ["place"],
  "enum-values-added": ["place", "values"],
  "enum-values-removed": ["place", "values"],
  limited: ["place", "part", "before", "after"],
  "default-changed": ["place", "before", "after"],
  "result-may-be-undefined": [],
  "result-always-defined": [],
  // What the runtime does with money, the key and secrets.
  "base-url-changed": ["before", "after"],
  "key-header-changed": ["before", "after"],
  "client-changed": ["pointer"],
  "promise-changed": ["extension", "before", "after"],
  "security-changed": ["before", "after"],
  "secret-name-removed": ["field"],
  "secret-mark-removed": ["place"],
  "iterators-added": [],
  "iterators-changed": [],
  "iterators-removed": [],
  // What no caller's code or request notices.
  "property-changed": ["place", "part", "before", "after"],
  // What becomes of operations that `source.yaml` does not list, or that upstream dropped.
  "operation-kept": [],
  "operation-left-out": [],
} as const satisfies Record<string, readonly (keyof Facts)[]>;

export type ChangeKind = keyof typeof factsByKind;

/** What changed: a kind with its facts. */
export type ChangeFacts = {
  [Kind in ChangeKind]: { kind: Kind } & Pick<Facts, (typeof factsByKind)[Kind][number]>;
}[ChangeKind];

/** One thing that changed for the users of a vendor's package. */
export type Change = ChangeFacts & {
  /** The `operationId`; `METHOD /path` where there is none; `*` for what concerns every call. */
  operation: string;
  impact: Impact;
};

const isString = (value: unknown) => typeof value === "string";
const isList = (value: unknown) => Array.isArray(value) && value.every(isString);
const isStringOrNull = (value: unknown) => value === null || isString(value);

/** The facts of a change from an untrusted report; otherwise the name of the first property that is wrong. */
export function readFacts(value: Readonly<Record<string, unknown>>): ChangeFacts | { wrong: string } {
  const kind = Object.keys(factsByKind).find((known) => known === value["kind"]) as ChangeKind | undefined;
  if (kind === undefined) return { wrong: "kind" };
  const facts: Record<string, unknown> = { kind };
  for (const fact of factsByKind[kind]) {
    if (!isFact(fact, value[fact])) return { wrong: fact };
    facts[fact] = value[fact];
  }
  return facts as ChangeFacts;
}

function isFact(name: keyof Facts, value: unknown): boolean {
  if (name === "values" || name === "files") return isList(value);
  if (name === "before" || name === "after") return isStringOrNull(value);
  if (name === "extension") return isString(value) && Object.hasOwn(promises, value as string);
  return isString(value);
}
