import { isObject, type JsonObject, type JsonValue, list, objectAt, type Place, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isPointer } from "@gpu-scripts/openapi/pointers.ts";
import type { Problem, Rule } from "../rule.ts";

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
    const client = document["x-gpu-client"];
    if (!isObject(client))
      return [
        { message: "the document needs `x-gpu-client`, which holds what the runtime needs to know about the vendor", place: [] },
      ];
    const errors = client["errors"];
    return [
      ...matches(client, "vendor", /^[a-z][a-z\d]*(-[a-z\d]+)*$/, "the package's name without `@gpu/`, such as `fal`"),
      ...matches(client, "apiKeyEnv", /^[A-Z][A-Z\d_]*$/, "the name of an environment variable"),
      ...matches(client, "apiKeyPrefix", /^$|^\w+ $/, "the word before the key and one space, or an empty string"),
      ...unknownKeys(client, ["vendor", "apiKeyEnv", "apiKeyPrefix", "errors"], root),
      ...(isObject(errors)
        ? errorProblems(errors)
        : [{ message: "`x-gpu-client` needs `errors`, which describes how to read the vendor's error bodies", place: root }]),
    ];
  },
};

function matches(client: JsonObject, key: string, pattern: RegExp, meaning: string): Problem[] {
  if (pattern.test(stringAt(client, key) ?? "\0")) return [];
  return [{ message: `\`x-gpu-client.${key}\` must be ${meaning}`, place: root }];
}

function unknownKeys(object: JsonObject, known: readonly string[], place: Place): Problem[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => ({ message: `\`${key}\` is unknown here; allowed are ${known.join(", ")}`, place: [...place, key] }));
}

function errorProblems(errors: JsonObject): Problem[] {
  const place = [...root, "errors"];
  const problems = unknownKeys(errors, ["code", "message", "requestId", "words", "phrases", "failure", "created"], place);
  for (const key of ["code", "message", "requestId", "created"]) {
    const pointers = errors[key] ?? (key === "created" ? [] : undefined);
    if (!Array.isArray(pointers) || !pointers.every(isPointer)) {
      problems.push({
        message: `\`errors.${key}\` must be a list of JSON pointers into error bodies, such as \`/error/message\``,
        place,
      });
    }
  }
  if (list(errors["message"]).length === 0) {
    problems.push({ message: "`errors.message` needs at least one pointer to the error message", place });
  }
  if (!isObject(errors["words"]))
    problems.push({ message: "`errors.words` must map the vendor's codes to ours; `{}` for none", place });
  for (const [word, code] of Object.entries(objectAt(errors, "words"))) {
    problems.push(...codeProblems(code, [...place, "words", word]));
  }
  if (!Array.isArray(errors["phrases"])) problems.push({ message: "`errors.phrases` must be a list; `[]` for none", place });
  for (const [index, phrase] of list(errors["phrases"]).entries()) {
    problems.push(...phraseProblems(phrase, [...place, "phrases", index]));
  }
  if (errors["failure"] !== undefined) problems.push(...failureProblems(errors["failure"], [...place, "failure"]));
  return problems;
}

function failureProblems(failure: JsonValue, place: Place): Problem[] {
  if (
    !isObject(failure) ||
    !isPointer(failure["pointer"]) ||
    !["string", "number", "boolean"].includes(typeof failure["value"])
  ) {
    return [{ message: "`errors.failure` is an object with the JSON pointer `pointer`, a plain `value` and `code`", place }];
  }
  return [...unknownKeys(failure, ["pointer", "value", "code"], place), ...codeProblems(failure["code"], place)];
}

function phraseProblems(phrase: JsonValue, place: Place): Problem[] {
  if (!isObject(phrase)) return [{ message: `a phrase is an object with ${phraseKeys.join(", ")}`, place }];
  const problems = [...unknownKeys(phrase, phraseKeys, place), ...codeProblems(phrase["code"], place)];
  if (!stringAt(phrase, "contains")) problems.push({ message: "`contains` must be the text to search for", place });
  const { status, sideEffect } = phrase;
  if (status !== undefined && !(Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599)) {
    problems.push({ message: "`status` must be an error status, 400 to 599", place });
  }
  if (sideEffect !== undefined && !sideEffects.includes(String(sideEffect))) {
    problems.push({ message: `\`sideEffect\` must be one of ${sideEffects.join(", ")}`, place });
  }
  return problems;
}

function codeProblems(code: JsonValue | undefined, place: Place): Problem[] {
  if (responseCodes.includes(String(code))) return [];
  return [{ message: `${JSON.stringify(code)} is not the code of a response; allowed are ${responseCodes.join(", ")}`, place }];
}
