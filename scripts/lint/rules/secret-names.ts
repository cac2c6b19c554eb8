import { dereference, isObject, type JsonObject } from "@gpu-scripts/openapi/json.ts";
import { type Property, propertiesOf, typesOf, wordsOf } from "@gpu-scripts/openapi/schemas.ts";
import type { Rule } from "../rule.ts";

/** Last words of names whose values are secret. */
const lastWords = ["password", "passwd", "passphrase", "secret", "token", "credentials", "script", "userdata"];

/** Whole names whose values are secret, word by word: keys, and whatever runs on the machine and may hold a key. */
const names = [
  "key",
  "api key",
  "private key",
  "secret key",
  "access key",
  "user data",
  "base64 script",
  "launch script base64",
  "startup script",
  "startup commands",
  "start command",
  "command",
  "entrypoint",
];

/** Schemas of environment variables: the `value` of each is secret, its `key` is a name. */
const environmentVariable = /^Env(ironment)?(Variable|Var)?(Input)?$/;

/** Names that look like a secret and are none. */
const harmless = ["next token", "page token", "continuation token"];

/** Secrets are named: what says `x-secret` never shows in an error, a hook or a log. */
export const secretNames: Rule = {
  id: "secret-names",
  check: (document) =>
    propertiesOf(document)
      .filter(
        (property) => isSecretName(property) && holdsText(document, property.schema) && !saysSecret(document, property.schema),
      )
      .map(({ name, place }) => ({
        message: `\`${name}\` holds a secret, by its name, and must say \`x-secret: true\`, or false`,
        place,
      })),
};

function isSecretName({ name, owner }: Property): boolean {
  const words = wordsOf(name);
  const phrase = words.join(" ");
  if (environmentVariable.test(owner ?? "")) return name === "value";
  if (harmless.includes(phrase)) return false;
  return names.includes(phrase) || lastWords.includes(words.at(-1) ?? "");
}

/** Text, or a list of it: what holds other fields says of those which are secret. */
function holdsText(document: JsonObject, schema: JsonObject): boolean {
  const found = dereference(document, schema);
  if (!isObject(found)) return false;
  const items = dereference(document, found["items"]);
  return typesOf(found).includes("string") || (isObject(items) && typesOf(items).includes("string"));
}

function saysSecret(document: JsonObject, schema: JsonObject): boolean {
  const found = dereference(document, schema);
  return typeof schema["x-secret"] === "boolean" || (isObject(found) && typeof found["x-secret"] === "boolean");
}
