import { isObject, type JsonObject, type JsonValue, list, objectAt, type Place, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isPointer } from "@gpu-scripts/openapi/pointers.ts";
import type { Problem, Report, Rule } from "../rule.ts";

/** The codes of `GpuError` that a response can have: a vendor's error codes map to them. */
export const responseCodes = [
  "unauthenticated",
  "permission_denied",
  "insufficient_funds",
  "not_found",
  "conflict",
  "invalid_request",
  "rate_limited",
  "no_capacity",
  "quota_exceeded",
  "unavailable",
  "offer_gone",
  "vendor_contract",
];

const root: Place = ["x-gpu-client"];
const phraseKeys = ["status", "contains", "code", "sideEffect"];
const sideEffects = ["none", "possible", "committed"];

/** `x-gpu-client` holds what the runtime needs to know about the vendor. */
export const clientExtension: Rule = {
  id: "client-extension",
  check(document) {
    const problems: Problem[] = [];
    checkClient(document["x-gpu-client"], (message, ...steps) => problems.push({ message, place: steps }));
    return problems;
  },
};

function checkClient(client: JsonValue | undefined, report: Report): void {
  if (!isObject(client)) {
    report("the document needs `x-gpu-client`, which holds what the runtime needs to know about the vendor");
    return;
  }
  const checkText = (key: string, pattern: RegExp, meaning: string) => {
    if (!pattern.test(stringAt(client, key) ?? "\0")) report(`\`x-gpu-client.${key}\` must be ${meaning}`, ...root);
  };
  checkText("vendor", /^[a-z][a-z\d]*(-[a-z\d]+)*$/, "the package's name without `@gpu/`, such as `fal`");
  checkText("apiKeyEnv", /^[A-Z][A-Z\d_]*$/, "the name of an environment variable");
  checkText("apiKeyPrefix", /^$|^\w+ $/, "the word before the key and one space, or an empty string");
  checkKeys(client, ["vendor", "apiKeyEnv", "apiKeyPrefix", "errors"], report, root);
  if (isObject(client["errors"])) checkErrors(client["errors"], report, [...root, "errors"]);
  else report("`x-gpu-client` needs `errors`, which describes how to read the vendor's error bodies", ...root);
}

function checkErrors(errors: JsonObject, report: Report, place: Place): void {
  checkKeys(errors, ["code", "message", "requestId", "words", "phrases", "failure", "created"], report, place);
  for (const key of ["code", "message", "requestId", "created"]) {
    const pointers = errors[key] ?? (key === "created" ? [] : undefined);
    if (Array.isArray(pointers) && pointers.every(isPointer)) continue;
    report(`\`errors.${key}\` must be a list of JSON pointers into error bodies, such as \`/error/message\``, ...place);
  }
  const { words, phrases, failure } = errors;
  if (list(errors["message"]).length === 0) report("`errors.message` needs at least one pointer to the error message", ...place);
  if (!isObject(words)) report("`errors.words` must map the vendor's codes to ours; `{}` for none", ...place);
  for (const [word, code] of Object.entries(objectAt(errors, "words"))) checkCode(code, report, [...place, "words", word]);
  if (!Array.isArray(phrases)) report("`errors.phrases` must be a list; `[]` for none", ...place);
  for (const [index, phrase] of list(phrases).entries()) checkPhrase(phrase, report, [...place, "phrases", index]);
  if (failure !== undefined) checkFailure(failure, report, [...place, "failure"]);
}

function checkFailure(failure: JsonValue, report: Report, place: Place): void {
  const isPlain = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);
  if (!isObject(failure) || !isPointer(failure["pointer"]) || !isPlain(failure["value"])) {
    report("`errors.failure` is an object with the JSON pointer `pointer`, a plain `value` and `code`", ...place);
    return;
  }
  checkKeys(failure, ["pointer", "value", "code"], report, place);
  checkCode(failure["code"], report, place);
}

function checkPhrase(phrase: JsonValue, report: Report, place: Place): void {
  if (!isObject(phrase)) {
    report(`a phrase is an object with ${phraseKeys.join(", ")}`, ...place);
    return;
  }
  checkKeys(phrase, phraseKeys, report, place);
  checkCode(phrase["code"], report, place);
  if (!stringAt(phrase, "contains")) report("`contains` must be the text to search for", ...place);
  const { status, sideEffect } = phrase;
  if (status !== undefined && !(Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599))
    report("`status` must be an error status, 400 to 599", ...place);
  if (sideEffect !== undefined && !sideEffects.includes(String(sideEffect)))
    report(`\`sideEffect\` must be one of ${sideEffects.join(", ")}`, ...place);
}

function checkKeys(object: JsonObject, known: readonly string[], report: Report, place: Place): void {
  for (const key of Object.keys(object))
    if (!known.includes(key)) report(`\`${key}\` is unknown here; allowed are ${known.join(", ")}`, ...place, key);
}

function checkCode(code: JsonValue | undefined, report: Report, place: Place): void {
  if (responseCodes.includes(String(code))) return;
  report(`${JSON.stringify(code)} is not the code of a response; allowed are ${responseCodes.join(", ")}`, ...place);
}
