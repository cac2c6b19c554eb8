// node scripts/new-vendor/test/slow/try-documents.ts FILE…: creates a vendor from each document in a copy of the repository, and
// prints a table of the results. Use it to try documents that are not part of the project.
import { basename } from "node:path";
import { performance } from "node:perf_hooks";
import { staleFiles } from "@gpu-scripts/codegen/files.ts";
import { generateVendor } from "@gpu-scripts/codegen/vendor-files.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { newVendor } from "../../new-vendor.ts";
import { checkedTree } from "./checked-tree.ts";

const id = "tried-vendor";

interface Row {
  operations: number;
  failures: string[];
}

/** Creates the vendor, regenerates it, compiles it and runs its contract tests. */
async function tryDocument(file: string): Promise<Row> {
  const tree = await checkedTree();
  try {
    const { left } = await newVendor(tree.root, id, { from: file });
    if (process.env["VERBOSE"]) process.stderr.write(`${left.join("\n")}\n`);
    const files = await generateVendor(id, { specs: `${tree.root}/specs`, packages: `${tree.root}/packages` });
    const stale = (await staleFiles(files)).map((path) => `stale: ${path}`);
    const document = JSON.parse(await tree.read(`packages/${id}/openapi.json`));
    const { compiled, failed } = await tree.check(id, ["contract"]);
    const errors = compiled.split("\n").filter((line) => line.includes("error TS"));
    const failures = failed.map(({ test, failureMessages }) => `${test}: ${failureMessages[0]?.slice(0, 300)}`);
    return { operations: operationsOf(document).length, failures: [...stale, ...errors, ...failures] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { operations: 0, failures: [error.message] };
  } finally {
    await tree.remove();
  }
}

for (const file of process.argv.slice(2)) {
  const start = performance.now();
  const { operations, failures } = await tryDocument(file);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  const result = failures.length === 0 ? "made, fresh, compiled, tested" : `${failures.length} failures`;
  process.stdout.write(`| ${basename(file)} | ${operations} | ${result} | ${seconds} s | ${memory} MB |\n`);
  for (const failure of failures.slice(0, Number(process.env["MOST"] ?? 5)))
    process.stdout.write(`    ${failure.slice(0, 1500)}\n`);
}
