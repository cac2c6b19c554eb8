import type { JsonValue } from "@gpu-scripts/openapi/json.ts";
import type { ChangeFacts } from "../change.ts";
import type { Impact } from "../impact.ts";

/** One difference between two versions of a vendor's document, as one of the checks reports it. */
export interface Difference {
  /** Names of the operations; empty when it concerns every call. */
  operations: string[];
  impact: Impact;
  facts: ChangeFacts;
  /** Where in the operation, as a JSON pointer: differences of different checks about one place are one change. */
  where: string;
}

/** A value as JSON; null where there is none. */
export function jsonOrNull(value: JsonValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
