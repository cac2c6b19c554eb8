import { pointerSteps } from "../openapi/json.ts";
import { markdownCode as code } from "../openapi/text/markdown.ts";
import { type ChangeFacts, type ChangeKind, promises } from "./change.ts";

type Of<Kind extends ChangeKind> = Extract<ChangeFacts, { kind: Kind }>;

interface Text<Facts> {
  message: (facts: Facts) => string;
  advice?: (facts: Facts) => string;
}

/** What changed, as a sentence for the package's users without its full stop. */
export function messageOf(facts: ChangeFacts): string {
  return textOf(facts).message(facts);
}

/** What a user must do about a breaking change; empty where that follows from what changed. */
export function adviceFor(facts: ChangeFacts): string {
  return textOf(facts).advice?.(facts) ?? "";
}

function textOf({ kind }: ChangeFacts): Text<ChangeFacts> {
  // Each entry takes the facts of its own kind, which the compiler cannot follow through the lookup.
  return texts[kind] as Text<ChangeFacts>;
}

const sentOrRead = (sent: string, read: string) => (facts: { place: string }) => {
  const [top] = pointerSteps(facts.place);
  if (top === "parameters" || top === "requestBody") return sent;
  return top === "responses" ? read : "";
};

const texts: { readonly [Kind in ChangeKind]: Text<Of<Kind>> } = {
  "package-added": { message: () => "the package is new" },
  regenerated: { message: ({ files }) => `generated again: ${files.join(", ")}` },
  "call-added": { message: () => "the call is new" },
  "call-removed": { message: () => "the call was removed", advice: () => "The vendor no longer offers it." },
  "call-renamed": { message: ({ name }) => `the call is now ${code(name)}`, advice: () => "Call it by its new name." },
  "call-was-renamed": { message: ({ name }) => `the call was ${code(name)} before` },
  "route-removed": {
    message: ({ route }) => `${code(route)} was removed from \`http\``,
    advice: () => "Use the new method and path, or the named call.",
  },
  "type-added": { message: ({ type }) => `the type ${code(type)} is new` },
  "type-removed": {
    message: ({ type }) => `the type ${code(type)} is no longer exported`,
    advice: () => "Import the type by its new name, or declare it yourself.",
  },
  "known-values-added": {
    message: ({ type, values }) => `${code(type)} now has ${values.join(", ")}: exhaustive maps need an entry for it`,
  },
  "known-values-removed": {
    message: ({ type, values }) => `${code(type)} no longer has ${values.join(", ")}`,
    advice: () => "Remove it from exhaustive maps.",
  },
  added: { message: ({ place }) => `${describePlace(place)} is new` },
  "added-required": {
    message: ({ place }) => `${describePlace(place)} is new and required`,
    advice: () => "Send it with every call.",
  },
  "added-result": { message: ({ place }) => `${describePlace(place)} is new: the result may now have another type` },
  removed: {
    message: ({ place }) => `${describePlace(place)} was removed`,
    advice: sentOrRead("Stop sending it.", "Stop reading it."),
  },
  required: {
    message: ({ place }) => `${describePlace(place)} is now required`,
    advice: sentOrRead("Send it with every call.", ""),
  },
  optional: { message: ({ place }) => `${describePlace(place)} is no longer required` },
  "always-present": { message: ({ place }) => `${describePlace(place)} is now always present` },
  "may-be-missing": { message: ({ place }) => `${describePlace(place)} may now be missing`, advice: () => "Handle its absence." },
  "may-be": {
    message: ({ place, type }) => `${describePlace(place)} may now be ${code(type)}`,
    advice: ({ type }) => (type === "null" ? "Handle null." : "Adapt the type where you name it."),
  },
  "cannot-be": {
    message: ({ place, type }) => `${describePlace(place)} can no longer be ${code(type)}`,
    advice: () => "Adapt the type where you name it.",
  },
  "keys-limited": { message: ({ place }) => `${describePlace(place)} no longer accepts any key` },
  "keys-opened": { message: ({ place }) => `${describePlace(place)} now accepts any key` },
  "enum-values-added": {
    message: ({ place, values }) => `${describePlace(place)} now has the known values ${values.join(", ")}`,
  },
  "enum-values-removed": {
    message: ({ place, values }) => `${describePlace(place)} no longer has the known values ${values.join(", ")}`,
  },
  limited: {
    message: ({ place, part, before, after }) => `${describePlace(place)}: ${code(part)} changed ${fromTo(before, after)}`,
    advice: sentOrRead("Check that what you send is still accepted.", "Handle its absence."),
  },
  "default-changed": {
    message: ({ place, before, after }) =>
      `${describePlace(place)}: the default changed ${fromTo(before, after)}, which applies to every call that omits it`,
  },
  "result-may-be-undefined": { message: () => "the result may now be undefined", advice: () => "Handle undefined." },
  "result-always-defined": { message: () => "the result is no longer undefined" },
  "base-url-changed": {
    message: ({ before, after }) =>
      `the base URL changed ${fromTo(before, after)}: keys and paid calls are sent to another address`,
  },
  "key-header-changed": { message: ({ before, after }) => `the header that carries the key changed ${fromTo(before, after)}` },
  "client-changed": {
    message: ({ pointer }) => `${code(`x-gpu-client${pointer}`)} changed: how the key is sent or how errors are read`,
  },
  "promise-changed": {
    message: ({ extension, before, after }) => `${code(extension)} changed ${fromTo(before, after)}: ${promises[extension]}`,
    advice: () => "Check how your code handles a lost response of this call.",
  },
  "security-changed": {
    message: ({ before, after }) => `security changed ${fromTo(before, after)}: whether and how the key is sent`,
    advice: () => "Check that the client has a key that may make this call.",
  },
  "secret-name-removed": {
    message: ({ field }) => `no field ${code(field)} is secret any more: its values appear in logs and errors`,
  },
  "secret-mark-removed": { message: ({ place }) => `${describePlace(place)} is no longer marked secret` },
  "iterators-added": { message: () => "it now has iterators" },
  "iterators-changed": { message: () => "its iterators read pages or find items in another way" },
  "iterators-removed": { message: () => "its iterators were removed" },
  "property-changed": {
    message: ({ place, part, before, after }) => {
      const owner = place === `/${part}` ? "" : `${describePlace(place)}: `;
      return `${owner}${code(part)} changed${before === null || after === null ? "" : ` ${fromTo(before, after)}`}`;
    },
  },
  "operation-kept": { message: () => "upstream no longer lists it; kept in operations.overlay.yaml" },
  "operation-left-out": {
    message: () => "upstream has it, and source.yaml does not list it: left out; to include it, list it under `operations`",
  },
};

function fromTo(before: string | null, after: string | null): string {
  const show = (value: string | null) => (value === null ? "nothing" : code(value));
  return `from ${show(before)} to ${show(after)}`;
}

/** `/responses/200/content/application~1json/schema/properties/keys/items/properties/name` → ``field `keys[].name` of response 200`` */
function describePlace(pointer: string): string {
  const steps = pointerSteps(pointer);
  const [top, second] = steps;
  if (top === undefined) return "the call";
  const third = steps[2];
  if (top === "parameters") return third === undefined ? "the parameters" : `${second} parameter ${code(third)}`;
  if (["info", "servers", "tags", "security", "components"].includes(top))
    return `the document's ${code(steps.slice(0, 3).join("."))}`;
  const isBody = top === "requestBody";
  const owner = isBody ? "the request body" : top === "responses" && second !== undefined ? `response ${second}` : code(top);
  const field = fieldOf(steps);
  if (field !== "") return isBody ? `request field ${code(field)}` : `field ${code(field)} of ${owner}`;
  const [content, type, ...inner] = steps.slice(steps.indexOf("content"));
  if (content !== "content" || inner.length > 0) return owner;
  return type === undefined ? `the content of ${owner}` : `${code(type)} content of ${owner}`;
}

function fieldOf(steps: readonly string[]): string {
  let field = "";
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index];
    const next = steps[index + 1];
    if (step === "properties" && next !== undefined) {
      field += field === "" ? next : `.${next}`;
      index += 1;
    } else if (step === "items") {
      field += "[]";
    } else if (step === "additionalProperties") {
      field += "{}";
    } else if (step === "headers" && next !== undefined) {
      field += `header ${next}`;
      index += 1;
    }
  }
  return field;
}
