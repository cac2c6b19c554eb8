// The lines by which the rest of the repository knows a vendor.
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { isObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { literal } from "@gpu-scripts/openapi/text/code.ts";
import { markdownCell, markdownLine } from "@gpu-scripts/openapi/text/markdown.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import type { VendorNames } from "./names.ts";
import { breakableField } from "./simulator.ts";
import { element, exportOf, importOf, property, type SourceEdit, unionMember } from "./source-edits.ts";

/** The edits of files that exist, by path relative to the repository. */
export function registrations(
  names: VendorNames,
  document: JsonObject,
  vendors: readonly string[],
): ReadonlyMap<string, readonly SourceEdit[]> {
  const { id, pascal, camel, factory } = names;
  const vendorPackage = `@gpu/${id}`;
  const scenario = `(options) => ${camel}Scenario(${factory}(options))`;
  return new Map([
    ["README.md", [vendorRow(names, document)]],
    ["packages/unified/package.json", [dependency("dependencies", vendorPackage, "workspace:^"), keyword(id, vendors)]],
    ["packages/unified/src/index.ts", [exportOf(`${camel}, type ${pascal}Types`, `./providers/${id}.js`)]],
    ["packages/unified/test/conformance.test.ts", [importOf(camel, "../src/index.js"), property("providers", id, camel)]],
    ["packages/simulator/package.json", [dependency("devDependencies", vendorPackage, "workspace:*")]],
    ["packages/simulator/src/vendor.ts", [unionMember("VendorName", id)]],
    [
      "packages/simulator/src/vendors/index.ts",
      [importOf(camel, `./${id}.js`), property("definitions", id, camel), element("vendorNames", id)],
    ],
    ["packages/simulator/src/simulator.ts", [property("keys", id, `keyOf(${JSON.stringify(id)})`)]],
    [
      "packages/simulator/test/clouds.ts",
      [
        importOf(factory, vendorPackage),
        property("clouds", camel, `${factory}(clientOptions(${JSON.stringify(id)}))`),
        property("drivers", id, driver(id)),
      ],
    ],
    [
      "packages/simulator/test/scenarios/index.ts",
      [importOf(factory, vendorPackage), importOf(`${camel}Scenario`, `./${id}.js`), property("scenarios", id, scenario)],
    ],
    ["packages/simulator/test/prism.test.ts", [property("breakable", id, literal({ ...breakableField(document) }))]],
  ]);
}

/** How a test rents a machine: fails, and says where, until a person has written it. */
function driver(id: string): string {
  const reject = (what: string) =>
    `() => Promise.reject(new Error("${id}: how instances are ${what} is not written yet in test/clouds.ts"))`;
  return `{ create: ${reject("created")}, list: ${reject("listed")}, delete: ${reject("deleted")}, ready: "running", failed: "failed" }`;
}

/** Adds a dependency in the order of names. */
function dependency(kind: "dependencies" | "devDependencies", name: string, range: string): SourceEdit {
  return (text) => {
    const manifest = JSON.parse(text) as JsonObject;
    const present = objectAt(manifest, kind);
    if (name in present) return text;
    const entries = Object.entries({ ...present, [name]: range }).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify({ ...manifest, [kind]: Object.fromEntries(entries) }, null, 2);
  };
}

/** Adds a keyword behind those of the other vendors. */
function keyword(id: string, vendors: readonly string[]): SourceEdit {
  return (text) => {
    const manifest: unknown = JSON.parse(text);
    const keywords = isObject(manifest) ? manifest["keywords"] : undefined;
    if (!isObject(manifest) || !Array.isArray(keywords) || keywords.includes(id)) return text;
    const last = keywords.findLastIndex((word) => typeof word === "string" && vendors.includes(word));
    return JSON.stringify({ ...manifest, keywords: keywords.toSpliced(last + 1, 0, id) }, null, 2);
  };
}

const tableHead = "| package | vendor | key | operations |";

/** Adds a row to the README's table of vendors. */
function vendorRow({ id, title }: VendorNames, document: JsonObject): SourceEdit {
  return (text, shownAs) => {
    const key = String(objectAt(document, "x-gpu-client")["apiKeyEnv"]);
    const start = `| [\`@gpu/${id}\`](packages/${id}) |`;
    const lines = text.split("\n");
    if (lines.some((line) => line.startsWith(start))) return text;
    const head = lines.indexOf(tableHead);
    if (head < 0) throw new UserError(`${shownAs}: expected the table "${tableHead}" to add the vendor to; nothing was written`);
    const length = lines.slice(head).findIndex((line) => !line.startsWith("|"));
    const end = length < 0 ? lines.length : head + length;
    return lines
      .toSpliced(end, 0, `${start} ${markdownCell(markdownLine(title))} | \`${key}\` | ${operationsOf(document).length} |`)
      .join("\n");
  };
}
