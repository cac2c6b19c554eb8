import type { JsonObject, Place } from "@gpu-scripts/openapi/json.ts";

/** What a rule has to say about one place. */
export interface Problem {
  /** What is wrong and what to write instead, in one sentence. */
  message: string;
  place: Place;
}

/** A rule of the house for composed documents. It knows nothing of the linter that runs it. */
export interface Rule {
  /** Its name in `redocly.yaml`, after `gpu/`. */
  id: string;
  /** Everything in the document that breaks the rule. */
  check(document: JsonObject): Problem[];
}
