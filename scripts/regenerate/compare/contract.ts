import { contractOf } from "@gpu-scripts/codegen/contract.ts";
import { type JsonObject, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import type { ChangeFacts } from "../change.ts";
import type { Finding } from "./finding.ts";

/** Differences in the part of the contract that concerns every call. One more server before the others moves all of them. */
export function contractFindings(before: JsonObject, after: JsonObject): Finding[] {
  const [old, fresh] = [contractOf(before), contractOf(after)];
  const both = (read: (contract: JsonObject) => string | undefined) => ({
    before: read(old) ?? null,
    after: read(fresh) ?? null,
  });
  const url = both((contract) => stringAt(contract, "baseUrl"));
  // The prefix of the key is in `x-gpu-client`, which has its own rating.
  const header = both((contract) => stringAt(objectAt(contract, "auth"), "header"));
  const names = (contract: JsonObject) => list(contract["secrets"]).map(String);
  const exposed = names(old).filter((name) => !names(fresh).includes(name));
  const major = (where: string, facts: ChangeFacts): Finding => ({ operations: [], impact: "major", where, facts });
  return [
    ...(url.before === url.after ? [] : [major("/servers", { kind: "base-url-changed", ...url })]),
    ...(header.before === header.after ? [] : [major("/security", { kind: "key-header-changed", ...header })]),
    // The runtime knows secrets by their names, wherever in the document a field is marked.
    ...exposed.map((field) => major(`/x-secret/${field}`, { kind: "secret-name-removed", field })),
  ];
}
