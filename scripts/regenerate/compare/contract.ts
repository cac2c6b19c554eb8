import { contractOf } from "@gpu-scripts/codegen/contract.ts";
import { type JsonObject, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import type { Finding } from "./finding.ts";

/**
 * What the runtime is told of the vendor as a whole. A document may say it in ways that a diff takes for harmless: one more server
 * put before the others moves every call.
 */
export function contractFindings(before: JsonObject, after: JsonObject): Finding[] {
  const [old, fresh] = [contractOf(before, ""), contractOf(after, "")];
  return [...baseUrlFindings(old, fresh), ...headerFindings(old, fresh), ...secretFindings(old, fresh)];
}

function baseUrlFindings(before: JsonObject, after: JsonObject): Finding[] {
  const [old, fresh] = [before, after].map((contract) => stringAt(contract, "baseUrl"));
  if (old === fresh) return [];
  const message = `the base URL went from \`${old}\` to \`${fresh}\`: keys and paid calls go elsewhere`;
  return [{ operations: [], impact: "major", where: "/servers", message }];
}

/** The prefix before the key is in `x-gpu-client`, which has a rating of its own. */
function headerFindings(before: JsonObject, after: JsonObject): Finding[] {
  const [old, fresh] = [before, after].map((contract) => stringAt(objectAt(contract, "auth"), "header"));
  if (old === fresh) return [];
  const message = `the key goes in the header \`${fresh}\` and no longer in \`${old}\``;
  return [{ operations: [], impact: "major", where: "/security", message }];
}

/** The runtime knows secrets by their names, wherever in the document a field is marked. */
function secretFindings(before: JsonObject, after: JsonObject): Finding[] {
  const [old, fresh] = [before, after].map(({ secrets }) => (Array.isArray(secrets) ? secrets.map(String) : []));
  return (old ?? [])
    .filter((name) => !fresh?.includes(name))
    .map((name) => ({
      operations: [],
      impact: "major",
      where: `/x-secret/${name}`,
      message: `no field \`${name}\` is secret any more: its values show in logs and errors`,
    }));
}
