import { readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { staleFiles } from "@gpu-scripts/codegen/files.ts";
import { generateVendor } from "@gpu-scripts/codegen/vendor-files.ts";
import { runShown } from "@gpu-scripts/openapi/process.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { allVendors, root } from "@gpu-scripts/openapi/vendors.ts";

/** Runs a program of the workspace, with its output shown. */
export type Run = (program: string, args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<void>;

/** The changesets that wait for a release. */
async function pendingChangesets(): Promise<string[]> {
  const names = await readdir(join(root, ".changeset")).catch(() => []);
  return names.filter((name) => name.endsWith(".md") && name !== "README.md").sort();
}

/** Raises versions and writes changelogs. The build puts the version into the client. */
export async function version(run: Run): Promise<void> {
  await run("changeset", ["version"]);
}

/** Builds and publishes every package whose version is not published yet, and tags it. */
export async function publish(run: Run, inCi: boolean): Promise<void> {
  for (const vendor of allVendors()) {
    const stale = await staleFiles(await generateVendor(vendor));
    if (stale.length > 0) throw new UserError(`not published: stale: ${stale.join(", ")}; run \`pnpm generate\``);
  }
  await run("turbo", ["run", "build", "--filter=./packages/*"]);
  // Provenance names the commit and workflow of a package; only CI can attest it.
  const provenance = inCi ? { PNPM_CONFIG_PROVENANCE: "true", NPM_CONFIG_PROVENANCE: "true" } : {};
  await run("changeset", ["publish"], provenance);
}

/** All of it on one machine: the new versions are committed before they are published, so that tags point to them. */
export async function release(run: Run, inCi: boolean): Promise<void> {
  if ((await pendingChangesets()).length > 0) {
    await version(run);
    await run("git", ["add", "--all"]);
    await run("git", ["commit", "--message", "Release"]);
  }
  await publish(run, inCi);
  process.stdout.write("Published. Push the commit and its tags: git push --follow-tags\n");
}

/** Runs a program from the workspace's `node_modules/.bin`, or from the path. */
export const runInWorkspace: Run = async (program, args, env = {}) => {
  const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const code = await runShown(program, args, { cwd: root, env: { ...env, PATH: path } }).catch((error: Error) => {
    throw new UserError(`${program} cannot be started: ${error.message}`);
  });
  if (code !== 0) throw new UserError(`${program} ${args.join(" ")} ended with ${code}`);
};

/** Fails when the tree has changes that are not committed: they would be published under a commit that lacks them. */
export function refuseDirtyTree(status: string): void {
  if (status.trim() !== "") throw new UserError(`not released: these files are not committed\n${status.trimEnd()}`);
}
