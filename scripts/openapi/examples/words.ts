// Realistic example values, chosen by the names of fields.

import { type JsonObject, stringAt } from "../json.ts";
import { wordsOf } from "../schemas.ts";
import { textOfPattern } from "./patterns.ts";
import type { Validator } from "./validator.ts";

const uuid = "3f2b8c1e-5d47-4a90-8e6b-1c9d7f0a2b34";

/** Texts by the last words of a name; the first that fits is used. */
const texts: [name: RegExp, values: string[]][] = [
  [/public key$|ssh key$/, ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation"]],
  [/fingerprint$/, ["SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDvTFUVPVHAWSTEk6Y"]],
  [/password$|passphrase$|secret$|(?:api|private|secret|access) key$/, ["EXAMPLE-ONLY-7f3a2c91"]],
  [/cursor$|token$/, ["eyJwYWdlIjoyfQ"]],
  [/ip$|ip address$|ipv4$|^address$/, ["203.0.113.7"]],
  [/email$/, ["ada@example.com"]],
  [/url$|uri$|link$|endpoint$|href$/, ["https://example.com/item"]],
  [/region$|zone$|location$/, ["us-east-1"]],
  [/gpu type$|gpu model$|^gpu$/, ["H100"]],
  [/instance type$|machine type$|plan$|flavor$|sku$|slug$/, ["gpu-1x-h100"]],
  [/image$|template$|^os$/, ["ubuntu-22.04"]],
  [/status$|state$/, ["running"]],
  [/price$|cost$|rate$|amount$|balance$/, ["2.49"]],
  [/user$|username$/, ["ubuntu"]],
  [/host$|hostname$|domain$/, ["node-7.example.com"]],
  [/created$|updated$|deleted$| at$|time$|timestamp$/, ["2026-11-02T09:30:00Z"]],
  [/currency$/, ["USD"]],
  [/type$|kind$|code$/, ["standard"]],
  [/id$/, ["7f3a2c91", uuid]],
  [/name$|label$/, ["train-42"]],
  [/description$|note$|comment$|message$|detail$|reason$|title$/, ["Training run 42"]],
];

/** Code and message of a failure by status. */
const failures: Readonly<Record<string, [code: string, message: string]>> = {
  "400": ["invalid_request", "The request is not valid."],
  "401": ["unauthorized", "The API key is not known."],
  "402": ["payment_required", "The balance does not suffice."],
  "403": ["forbidden", "The API key may not do this."],
  "404": ["not_found", "There is no such thing."],
  "409": ["conflict", "The thing is in another state."],
  "422": ["invalid_request", "The request is not valid."],
  "429": ["rate_limited", "Too many requests."],
};
const unknownFailure: [code: string, message: string] = ["internal_error", "An unexpected error occurred."];

const byFormat: Readonly<Record<string, string>> = {
  "date-time": "2026-11-02T09:30:00Z",
  date: "2026-11-02",
  time: "09:30:00Z",
  duration: "PT1H",
  uuid,
  uri: "https://example.com/item",
  url: "https://example.com/item",
  email: "ada@example.com",
  hostname: "node-7.example.com",
  ipv4: "203.0.113.7",
  ipv6: "2001:db8::7",
  byte: "ZXhhbXBsZQ==",
};

/** Common shapes of ids and names, for schemas with a pattern. */
const shapes = [
  "train-42",
  "7f3a2c91",
  "42",
  "a1",
  "A1",
  "H100",
  "abc",
  "ABC",
  "us-east-1",
  "1.0.0",
  "2.49",
  uuid,
  "203.0.113.7",
  "0".repeat(32),
];

/** A text that the schema allows, if one is found; `failure` is the status of the failure that has it. */
export function exampleText(validator: Validator, schema: JsonObject, name: string, failure: string | undefined): string {
  const words = wordsOf(name).join(" ");
  const [code, message] = failures[failure ?? ""] ?? unknownFailure;
  const ofFailure =
    failure === undefined ? [] : /code$|type$|kind$|slug$/.test(words) ? [code] : /id$/.test(words) ? [] : [message];
  const guesses = [
    ...[byFormat[stringAt(schema, "format") ?? ""]].filter((one) => one !== undefined),
    ...ofFailure,
    ...texts.filter(([pattern]) => pattern.test(words)).flatMap(([, values]) => values),
    ...shapes,
  ];
  const found = guesses.find((guess) => validator.fits(schema, guess));
  if (found !== undefined) return found;
  const { minLength, maxLength } = schema;
  const least = typeof minLength === "number" ? minLength : 0;
  const most = typeof maxLength === "number" ? maxLength : Number.POSITIVE_INFINITY;
  const ofLength = (guesses[0] ?? "").padEnd(Math.min(least, longest), "0").slice(0, most);
  if (validator.fits(schema, ofLength)) return ofLength;
  return textOfPattern(stringAt(schema, "pattern") ?? "", (text) => validator.fits(schema, text)) ?? ofLength;
}

/** The maximum length of an example, even if its schema requires more. */
const longest = 10_000;

/** Numbers by words of a name. */
const numbers: [name: RegExp, value: number][] = [
  [/port$/, 22],
  [/port$/, 8000],
  [/price|cost|rate|amount|balance/, 2.49],
  [/vram|memory|ram\b/, 80],
  [/disk|storage|size/, 100],
  [/status|code$/, 400],
];

/** A number that the schema allows. */
export function exampleNumber(validator: Validator, schema: JsonObject, type: "integer" | "number", name: string): number {
  const words = wordsOf(name).join(" ");
  const limits = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"].flatMap((key) => {
    const limit = schema[key];
    return typeof limit === "number" ? [limit, limit + 1, limit - 1, limit + 0.5, limit - 0.5] : [];
  });
  const suggested = numbers
    .filter(([pattern]) => pattern.test(words))
    .map(([, value]) => (type === "integer" ? Math.ceil(value) : value));
  return [...suggested, 1, ...limits, 0].find((guess) => validator.fits(schema, guess)) ?? 1;
}
