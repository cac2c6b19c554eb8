import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { document } from "@gpu-scripts/openapi/test/document.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { generateReadme } from "../readme.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gpu-readme-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function generated(present: string): Promise<string> {
  const file = join(folder, "README.md");
  await writeFile(file, present);
  return generateReadme(file, "packages/acme/README.md", document());
}

const tables = `<!-- operations:start -->

### Instances

| Operation | Request | What it does | Costs | Repeated |
|---|---|---|---|---|
| \`listInstances\`, \`.pages\`, \`.items\` | \`GET /instances\` | [List the instances](https://docs.acme.dev/list) |  | yes |
| \`createInstance\` | \`POST /instances\` | [Create an instance](https://docs.acme.dev/create) | yes | with its key |

<!-- operations:end -->`;

it("writes a table of the operations between the markers, and keeps the rest", async () => {
  const readme = await generated("# Acme\n\n<!-- operations:start -->\nold\n<!-- operations:end -->\n\nWritten by hand.\n");
  expect(readme).toBe(`# Acme\n\n${tables}\n\nWritten by hand.\n`);
  expect(await generated(readme)).toBe(readme);
});

it("creates a README if none exists", async () => {
  const readme = await generateReadme(join(folder, "absent.md"), "packages/acme/README.md", document());
  expect(readme).toContain("# @gpu/acme");
  expect(readme).toContain("createAcmeClient(); // the key is in ACME_API_KEY");
  expect(readme).toContain(tables);
});

it.each([
  ["no markers", "# Acme\n"],
  ["only a start", "<!-- operations:start -->\n"],
  ["the end before the start", "<!-- operations:end -->\n<!-- operations:start -->\n"],
  ["two starts", "<!-- operations:start -->\n<!-- operations:start -->\n<!-- operations:end -->\n"],
])("rejects a README with %s", async (_, present) => {
  await expect(generated(present)).rejects.toThrow(/^packages\/acme\/README\.md: needs one line "<!-- operations:start -->"/);
});
