import { openEnumNames } from "@gpu-scripts/codegen/types.ts";
import { type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { commentLine, literal } from "@gpu-scripts/openapi/text/code.ts";
import type { VendorNames } from "@gpu-scripts/openapi/vendor-names.ts";

/** The values of `InstanceStatus` in `@gpu/unified`: a vendor's status of the same name is mapped to it. */
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

/** Every unfinished call throws this; while the file contains it, the provider is not finished. */
export const unfinishedMark = "notWritten(";

/** `packages/unified/src/providers/<vendor>.ts`: compiles, and refuses every call until it is implemented. */
export function providerSkeleton(names: VendorNames, document: JsonObject): string {
  const { id, pascal, camel, title, factory, client } = names;
  const status = statusEnum(document);
  const statuses = status
    ? `
/** The common status of each of the vendor's; replace \`unknown\`. */
export const statuses = {
${status.values.map((value) => `  ${literal(value)}: "${commonStatus(value)}",`).join("\n")}
} satisfies Record<Known${status.name}, InstanceStatus>;
`
    : "";
  return `import { ${factory}, ${status ? `type Known${status.name}, ` : ""}type ${client} } from "@gpu/${id}";
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
/** Options of the ${commentLine(title)} provider. */
export type ${pascal}Options = ProviderOptions<${client}>;

/** ${commentLine(title)}. */
export function ${camel}(options: ${pascal}Options = {}): Provider<ProviderName, ${pascal}Types> {
  return { id: provider, connect: (defaults) => connect${pascal}(connectClient(options, defaults, ${factory})) };
}

function connect${pascal}(client: ${client}): ConnectedProvider<ProviderName, ${pascal}Types> {
  return {
    id: provider,
    client,
    // Cautious defaults: no mark is relied on, and lists may lack a new instance for two minutes.
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
  return preflightError(provider, operation, "unsupported", \`\${file} does not implement this yet; use the vendor's client, @gpu/${id}\`);
}
`;
}

/** The open enum of instance statuses, if the document has one. */
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
