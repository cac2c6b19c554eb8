// Times `pnpm regenerate` on a document of tens of thousands of lines, against the two tools that it uses: `redocly bundle` and
// `openapi-typescript`.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { copyTree } from "@gpu-scripts/codegen/test/tree.ts";
import { readDocument } from "@gpu-scripts/openapi/door.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, walkObjects } from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { runToEnd } from "@gpu-scripts/openapi/process.ts";
import { setAtTop } from "@gpu-scripts/regenerate/overlay-text.ts";
import { parse, stringify } from "yaml";
import { median } from "./median.ts";
import type { Table } from "./table.ts";

const copies = 8;
const rounds = 3;
const { resolve } = createRequire(import.meta.url);
const redocly = resolve("@redocly/cli/bin/cli.js");
/** Its package exports no path of the command. */
const openapiTypescript = join(dirname(resolve("openapi-typescript/package.json")), "bin", "cli.js");
/** One of our own documents: the door removes from a vendor's document the extensions that the copies need. */
const vendor = "novita";

/** Measures in interleaved rounds, so that a slow moment of the machine affects both sides. The times are medians. */
export async function measureRegenerate(): Promise<Table> {
  const { root: tree, remove } = await copyTree({ scripts: true, dependents: true });
  try {
    const { text, operations } = await makeLarge(tree);
    await run(tree, ["scripts/codegen/generate-vendor.ts", vendor]);
    await writeFile(join(tree, "edited.yaml"), edit(text));
    const toolsSeconds: number[] = [];
    const regenerateSeconds: number[] = [];
    const command = ["scripts/regenerate/main.ts", vendor, "--from", "edited.yaml", "--dry-run"];
    for (let round = 0; round < rounds; round += 1) {
      // In another folder, so that the tools do not read our configuration.
      const alone = join(tree, "alone");
      const bundle = await run(alone, [redocly, "bundle", "../edited.yaml", "--output", "bundle.json"]);
      const types = await run(alone, [openapiTypescript, "bundle.json", "--output", "types.ts"]);
      toolsSeconds.push(bundle + types);
      regenerateSeconds.push(await run(tree, command));
    }
    const [tools, whole] = [median(toolsSeconds), median(regenerateSeconds)];
    // In a separate run, because measuring memory takes time.
    const peak = await peakOf(tree, command);
    return {
      head: [`a document of ${text.split("\n").length} lines, ${operations} operations`, "time", "ratio", "memory"],
      rows: [
        ["redocly bundle and openapi-typescript", `${tools.toFixed(1)} s`, "1.00", ""],
        ["pnpm regenerate --dry-run", `${whole.toFixed(1)} s`, (whole / tools).toFixed(2), `${peak.toFixed(0)} MiB`],
      ],
    };
  } finally {
    await remove();
  }
}

/** Adds copies of the composed document, under other names, to the document. */
async function makeLarge(tree: string): Promise<{ text: string; operations: number }> {
  const folder = join(tree, "specs", vendor);
  const document = await readDocument(join(folder, "openapi.yaml"), `specs/${vendor}/openapi.yaml`, "ours");
  const composed = await readDocument(join(tree, "packages", vendor, "openapi.json"), `packages/${vendor}/openapi.json`, "ours");
  for (let number = 1; number <= copies; number += 1) addCopy(document, composed, number);
  const text = stringify(document, { aliasDuplicateObjects: false });
  await writeFile(join(folder, "openapi.yaml"), text);
  const source = parse(await readFile(join(folder, "source.yaml"), "utf8")) as { operations: string[] };
  const operations = [...new Set([...source.operations, ...operationsOf(document).map(operationKey)])];
  const sourceFile = join(folder, "source.yaml");
  await writeFile(sourceFile, setAtTop(await readFile(sourceFile, "utf8"), { operations }));
  await mkdir(join(tree, "alone"));
  return { text, operations: operations.length };
}

function addCopy(document: JsonObject, composed: JsonObject, number: number): void {
  const copy = structuredClone({ paths: composed["paths"] ?? {}, components: composed["components"] ?? {} }) as JsonObject;
  const renamed = new Set(["schemas", "responses", "parameters", "requestBodies", "headers"]);
  walkObjects(copy, (object) => {
    const key = objectAt(object, "properties")["key"];
    // The linter knows the originals by the names of their schemas.
    if (isObject(key) && key["$ref"] === undefined) key["x-secret"] ??= false;
    const [, section = "", name = ""] = /^#\/components\/(\w+)\/(.+)$/.exec(String(object["$ref"] ?? "")) ?? [];
    if (renamed.has(section)) object["$ref"] = `#/components/${section}/${name}Copy${number}`;
  });
  for (const operation of operationsOf(copy))
    operation.object["operationId"] = `${String(operation.object["operationId"])}Copy${number}`;
  addEntries(
    document,
    "paths",
    Object.entries(objectAt(copy, "paths")).map(([path, item]) => [`/copy${number}${path}`, item]),
  );
  document["components"] ??= {};
  for (const [section, entries] of Object.entries(objectAt(copy, "components"))) {
    if (!renamed.has(section) || !isObject(entries)) continue;
    addEntries(
      objectAt(document, "components"),
      section,
      Object.entries(entries).map(([name, value]) => [`${name}Copy${number}`, value]),
    );
  }
}

function addEntries(object: JsonObject, key: string, entries: readonly [string, JsonValue][]): void {
  object[key] = { ...objectAt(object, key), ...Object.fromEntries(entries) };
}

/** Adds a field to a request of one copy, and changes a description in another. */
function edit(text: string): string {
  const document = parse(text) as JsonObject;
  const schemas = objectAt(objectAt(document, "components"), "schemas");
  objectAt(objectAt(schemas, "CreateInstanceRequestCopy1"), "properties")["brand_new"] = { type: "string", description: "New." };
  objectAt(schemas, "InstanceCopy2")["description"] = "Another description.";
  return stringify(document, { aliasDuplicateObjects: false });
}

/** Makes every Node process of a run write its peak resident memory to a file. */
const recorder = `data:text/javascript,${encodeURIComponent(
  'import { writeFileSync } from "node:fs"; process.on("exit", () => writeFileSync(process.env.PEAK_FOLDER + "/" + process.pid, String(process.resourceUsage().maxRSS)));',
)}`;

/** The peak resident memory of a run's processes, in MiB. */
async function peakOf(folder: string, args: readonly string[]): Promise<number> {
  const peaks = await mkdtemp(join(tmpdir(), "gpu-peaks-"));
  try {
    await run(folder, args, { NODE_OPTIONS: `--import=${recorder}`, PEAK_FOLDER: peaks });
    const names = await readdir(peaks);
    const sizes = await Promise.all(names.map(async (name) => Number(await readFile(join(peaks, name), "utf8"))));
    return Math.max(...sizes) / 1024;
  } finally {
    await rm(peaks, { recursive: true });
  }
}

/** Runs a Node.js program. Returns its duration in seconds. */
async function run(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const start = performance.now();
  const all = { REDOCLY_TELEMETRY: "off", ...env };
  const { code, stdout, stderr } = await runToEnd(process.execPath, args, { cwd, env: all });
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${(stdout + stderr).slice(0, 2000)}`);
  return (performance.now() - start) / 1000;
}
