import { impacts } from "./impact.ts";
import { both, kinds, object, oneOf, type Read, string, stringOrNull, strings } from "./readers.ts";

/** Extensions that decide what the runtime may do with a call. */
export const promises = {
  "x-paid": "whether the call may cost money",
  "x-idempotent": "whether the call may be sent again",
  "x-reads": "whether the call only reads",
  "x-idempotency-key": "under which key the call may be sent again",
} as const;

/** JSON pointer from the operation. Parameters are named by their place and name: `/parameters/query/limit`. */
const place = string;
/** Name of an exported type, or a TypeScript type as text. */
const type = string;
/** Values as text; null where there is none. */
const values = { before: stringOrNull, after: stringOrNull };

/** What changed: every kind of change with the facts that it carries. */
const readFacts = kinds("kind", {
  "package-added": {},
  regenerated: { files: strings },
  // Calls and exported types.
  "call-added": {},
  "call-removed": {},
  // The name of the operation after or before it was renamed.
  "call-renamed": { name: string },
  "call-was-renamed": { name: string },
  // Method and path.
  "route-removed": { route: string },
  "type-added": { type },
  "type-removed": { type },
  "known-values-added": { type, values: strings },
  "known-values-removed": { type, values: strings },
  // What callers send and receive.
  added: { place },
  "added-required": { place },
  "added-result": { place },
  removed: { place },
  required: { place },
  optional: { place },
  "always-present": { place },
  "may-be-missing": { place },
  "may-be": { place, type },
  "cannot-be": { place, type },
  "keys-limited": { place },
  "keys-opened": { place },
  "enum-values-added": { place, values: strings },
  "enum-values-removed": { place, values: strings },
  // `part` is the property of the place.
  limited: { place, part: string, ...values },
  "default-changed": { place, ...values },
  "result-may-be-undefined": {},
  "result-always-defined": {},
  // What the runtime does with money, the key and secrets.
  "base-url-changed": values,
  "key-header-changed": values,
  // JSON pointer from `x-gpu-client`.
  "client-changed": { pointer: string },
  "promise-changed": { extension: oneOf(...(Object.keys(promises) as (keyof typeof promises)[])), ...values },
  "security-changed": values,
  "secret-name-removed": { field: string },
  "secret-mark-removed": { place },
  "iterators-added": {},
  "iterators-changed": {},
  "iterators-removed": {},
  // What no caller's code or request notices.
  "property-changed": { place, part: string, ...values },
  // What becomes of operations that `source.yaml` does not list, or that upstream dropped.
  "operation-kept": {},
  "operation-left-out": {},
});

export type ChangeFacts = Read<typeof readFacts>;

export type ChangeKind = ChangeFacts["kind"];

/** One thing that changed for the users of a vendor's package. */
export type Change = Read<typeof readChange>;

/** `operation` is the `operationId`; `METHOD /path` where there is none; `*` for what concerns every call. */
export const readChange = both(object({ operation: string, impact: oneOf(...impacts) }), readFacts);
