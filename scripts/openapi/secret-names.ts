import { dereference, isObject, type JsonObject } from "./json.ts";
import { type Property, propertiesOf, typesOf, wordsOf } from "./schemas.ts";

/** Last words of names whose values are secret. */
const lastWords = ["password", "passwd", "passphrase", "secret", "token", "credentials", "script", "userdata"];

/** Full names whose values are secret, as words: keys, and commands and scripts, which may hold a key. */
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

/** Schemas of environment variables: `value` is secret, `key` is a name. */
const environmentVariable = /^Env(ironment)?(Variable|Var)?(Input)?$/;

/** Names that look like a secret but are not one. */
const harmless = ["next token", "page token", "continuation token"];

/** Properties that hold a secret, by their names, and do not declare whether they do. */
export function unmarkedSecrets(document: JsonObject): Property[] {
  return propertiesOf(document).filter(
    (property) => isSecretName(property) && holdsText(document, property.schema) && !declaresSecret(document, property.schema),
  );
}

function isSecretName({ name, owner }: Property): boolean {
  const words = wordsOf(name);
  const phrase = words.join(" ");
  if (environmentVariable.test(owner ?? "")) return name === "value";
  if (harmless.includes(phrase)) return false;
  return names.includes(phrase) || lastWords.includes(words.at(-1) ?? "");
}

/** A string or a list of strings; the fields of an object are checked one by one. */
function holdsText(document: JsonObject, schema: JsonObject): boolean {
  const found = dereference(document, schema);
  if (!isObject(found)) return false;
  const items = dereference(document, found["items"]);
  return typesOf(found).includes("string") || (isObject(items) && typesOf(items).includes("string"));
}

/** Whether a schema declares that its values are secret, or that they are not. */
function declaresSecret(document: JsonObject, schema: JsonObject): boolean {
  return [schema, dereference(document, schema)].some((one) => isObject(one) && typeof one["x-secret"] === "boolean");
}
