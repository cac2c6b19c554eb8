import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, runToEnd } from "@gpu-scripts/openapi/process.ts";
import { afterAll, expect, it } from "vitest";
import { repository } from "./support.ts";

const folder = await mkdtemp(join(tmpdir(), "gpu-live-workflow-"));
afterAll(() => rm(folder, { recursive: true }));

/** A fake of the program: prints a table, writes a case and the report, and exits with the code for new drift. */
const program = `#!/usr/bin/env bash
echo "acme: $*"
echo '[]' > "\${@: -1}"
mkdir -p packages/acme/test/live
echo '{"operation":"listInstances"}' > packages/acme/test/live/listInstances-200.json
exit 2
`;

it("the workflows keep the table, the report and new case files, and end with the exit code of the run", async () => {
  const node = join(folder, "node_modules", ".bin", "node");
  await mkdir(join(folder, "node_modules", ".bin"), { recursive: true });
  await writeFile(node, program);
  await chmod(node, 0o755);
  for (const part of ["packages", "specs"]) {
    await mkdir(join(folder, part));
    await writeFile(join(folder, part, "present"), "");
  }
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd: folder });
  await git("init", "--quiet");
  await git("add", "packages", "specs");
  await git("commit", "--quiet", "--message", "Start");

  const artifact = join(folder, "artifact");
  const summary = join(folder, "summary.md");
  const { code, stdout } = await runToEnd("bash", [join(repository, "scripts", "live", "workflow.sh"), artifact, "--public"], {
    cwd: folder,
    env: { GITHUB_STEP_SUMMARY: summary },
  });
  const table = `acme: scripts/live/main.ts --public --record --report ${artifact}/report.json\n`;
  expect([code, stdout]).toEqual([2, table]);
  expect(await readFile(summary, "utf8")).toBe(`\`\`\`text\n${table}\`\`\`\n`);
  expect(await readFile(join(artifact, "report.json"), "utf8")).toBe("[]\n");
  expect(await readFile(join(artifact, "changes.patch"), "utf8")).toContain('+{"operation":"listInstances"}');
});
