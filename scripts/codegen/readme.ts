import { readFile } from "node:fs/promises";
import { isObject, type JsonObject, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import type { LiveResults } from "@gpu-scripts/openapi/live.ts";
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { markdownCode, markdownLine, markdownLink, markdownTable } from "@gpu-scripts/openapi/text/markdown.ts";
import { vendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import { isRepeatable } from "../../packages/core/src/contract.ts";
import { evidenceSection, evidenceText, liveSection } from "./live.ts";
import { markers, replaceMarked } from "./marked.ts";

const marked = "operations";

/**
 * `README.md` of a vendor's package: the file on disk, with the operations, their sources and live results between the markers regenerated.
 * A package without one gets a frame to fill in.
 */
export async function generateReadme(file: string, shownAs: string, document: JsonObject, live?: LiveResults): Promise<string> {
  const present = await readFile(file, "utf8").catch(() => frame(document));
  const sections = [
    operationTables(document),
    evidenceSection(document, live?.unknown ?? []),
    live && liveSection(vendorNames(document).id, live),
  ];
  return replaceMarked(present, shownAs, marked, sections.filter((section) => section !== undefined).join("\n"));
}

/** One table for each tag, in the order of the document's `tags`. */
function operationTables(document: JsonObject): string {
  const tags = Array.isArray(document["tags"]) ? document["tags"].filter(isObject) : [];
  const operations = operationsOf(document);
  const hasEvidence = operations.some(({ object }) => evidenceText(object) !== undefined);
  return tags
    .map((tag) => {
      const name = stringAt(tag, "name") ?? "";
      const tagged = operations.filter(({ object }) => Array.isArray(object["tags"]) && object["tags"].includes(name));
      const rows = tagged.map((operation) => row(operation, hasEvidence));
      const heads = ["Operation", "Request", "What it does", "Costs", "Repeated", ...(hasEvidence ? ["Evidence"] : [])];
      return `### ${markdownLine(name)}\n\n${markdownTable(heads, rows)}`;
    })
    .join("\n");
}

function row({ method, path, object }: Operation, hasEvidence: boolean): string[] {
  const name = stringAt(object, "operationId") ?? "";
  const names = (object["x-pagination"] === undefined ? [name] : [name, ".pages", ".items"]).map(markdownCode).join(", ");
  const source = /^Source: (https:\/\/\S+)$/m.exec(stringAt(object, "description") ?? "")?.[1];
  const summary = stringAt(object, "summary") ?? "";
  const does = source ? markdownLink(summary, source) : markdownLine(summary);
  const costs = object["x-paid"] === true ? "yes" : "";
  const known = hasEvidence ? [evidenceText(object) ?? ""] : [];
  return [names, markdownCode(`${method.toUpperCase()} ${path}`), does, costs, repeated(method, object), ...known];
}

/** Whether the client retries the request after a lost response. */
function repeated(method: string, operation: JsonObject): string {
  if (operation["x-idempotency-key"] !== undefined) return "with its key";
  const [paid, idempotent] = [operation["x-paid"] === true, operation["x-idempotent"] === true];
  return isRepeatable({ method: method.toUpperCase(), paid, idempotent }) ? "yes" : "no";
}

function frame(document: JsonObject): string {
  const { id, title, camel, factory } = vendorNames(document);
  const { start, end } = markers(marked);
  const variable = String(objectAt(document, "x-gpu-client")["apiKeyEnv"]);
  return `# @gpu/${id}

Typed client of the ${markdownLine(title)} API: every call typed, and no paid request sent twice.

## Install

The package is not on npm yet: it is not confirmed who owns the scope \`@gpu\` there. **Do not install a \`@gpu/…\` package from npm**; it could be
someone else's, and it would get your API key. Until then, pack it from a clone of the repository next to your project, and install it with npm
together with the package that it depends on, so that npm fetches neither:

\`\`\`sh
(cd ../gpu-clients && npx -y pnpm@12.21.0 tarballs)
npm install ../gpu-clients/tarballs/gpu-core.tgz ../gpu-clients/tarballs/gpu-${id}.tgz
\`\`\`

## Example

\`\`\`ts
import { ${factory} } from "@gpu/${id}";

const ${camel} = ${factory}(); // the key is in ${variable}
\`\`\`

## Operations

${start}
${end}
`;
}
