import { openEnumNames } from "@gpu-scripts/codegen/types.ts";
import { type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { commentLine, literal } from "@gpu-scripts/openapi/text/code.ts";
import type { VendorNames } from "./names.ts";

/** `InstanceStatus` of `@gpu/unified`: a word of the vendor's that is the same needs no thought. */
const commonStatuses = [
  "pending",
  "starting",
  "running",
  "updating",
  "stopping",
  "stopped",
  "terminating",
  "terminated",
  "failed",
];

/** The call that every unfinished part of a provider makes; while it stands in the file, something is left to do. */
export const unfinishedMark = "notWritten(";

/** `packages/unified/src/providers/<vendor>.ts`: compiles, and refuses every call until a person has written it. */
export function providerSkeleton(names: VendorNames, document: JsonObject): string {
  const { id, pascal, camel, title, factory, client } = names;
  const status = statusEnum(document);
  const statuses = status
    ? `
/** What each status of the vendor's means; \`unknown\` where nobody has decided yet. */
export const statuses = {
${status.values.map((value) => `  ${literal(value)}: "${commonStatus(value)}",`).join("\n")}
} satisfies Record<Known${status.name}, InstanceStatus>;
`
    : "";
  return `import type { ClientOptions } from "@gpu/core";
import { ${factory}, ${status ? `type Known${status.name}, ` : ""}type ${client} } from "@gpu/${id}";
import { preflightError, type UnifiedGpuError } from "../errors.js";
${status ? `import type { InstanceStatus } from "../instance.js";\n` : ""}import { type ConnectedProvider, connectClient, type Provider, type ProviderOptions } from "../provider.js";

const provider = "${id}";
type ProviderName = typeof provider;

export interface ${pascal}Types {
  client: ${client};
  createOptions: object;
  needs: never;
  lacks: never;
  actions: never;
}
${statuses}
/** ${commentLine(title)}. */
export function ${camel}(options: ProviderOptions<${client}> = {}): Provider<ProviderName, ${pascal}Types> {
  return { id: provider, connect: (defaults) => connect${pascal}(options, defaults) };
}

function connect${pascal}(
  options: ProviderOptions<${client}>,
  defaults: ClientOptions,
): ConnectedProvider<ProviderName, ${pascal}Types> {
  return {
    id: provider,
    client: connectClient(options, defaults, ${factory}),
    // Cautious while nobody has looked: no mark is relied on, and a new instance may be missing from lists for long.
    guarantee: "best-effort",
    settleMs: 120_000,
    needs: [],
    lacks: [],
    actions: {},

    async listOffers() {
      throw notWritten("offers");
    },

    async prepareCreate() {
      throw notWritten("create");
    },

    async get() {
      throw notWritten("get");
    },

    async list() {
      throw notWritten("list");
    },

    async delete() {
      throw notWritten("delete");
    },

    async access() {
      throw notWritten("access");
    },
  };
}

function notWritten(operation: string): UnifiedGpuError {
  const file = "packages/unified/src/providers/${id}.ts";
  return preflightError(provider, operation, "unsupported", \`\${file} does not do this yet; use the vendor's client, @gpu/${id}\`);
}
`;
}

/** The open enum of an instance's status, if the document has one. */
function statusEnum(document: JsonObject): { name: string; values: string[] } | undefined {
  const names = openEnumNames(document).filter((name) => /Stat(?:us|e)$/.test(name));
  const name = names.find((candidate) => /^InstanceStat(?:us|e)$/.test(candidate)) ?? names[0];
  if (name === undefined) return undefined;
  const values = objectAt(objectAt(objectAt(document, "components"), "schemas"), name)["x-extensible-enum"];
  return { name, values: Array.isArray(values) ? values.map(String) : [] };
}

function commonStatus(value: string): string {
  const word = value.toLowerCase();
  return commonStatuses.includes(word) ? word : "unknown";
}
