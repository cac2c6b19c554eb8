// `pnpm build:docs`: an HTML reference of every vendor's document in docs/reference/, with an index page.
import { join } from "node:path";
import { writeFiles } from "@gpu-scripts/codegen/files.ts";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { readDocument } from "@gpu-scripts/openapi/door.ts";
import { runCommand } from "@gpu-scripts/openapi/user-error.ts";
import { allVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { indexPage, referencePage } from "./pages.ts";

await runCommand(async () => {
  readArguments("pnpm build:docs", {}, { allowPositionals: false });
  const folder = join(root, "docs", "reference");
  const pages = await Promise.all(
    allVendors().map(async (vendor) => {
      const shownAs = `packages/${vendor}/openapi.json`;
      const document = await readDocument(join(root, shownAs), shownAs, "ours");
      return { vendor, document, html: await referencePage(document, shownAs) };
    }),
  );
  const files = new Map([
    [join(folder, "index.html"), indexPage(pages)],
    ...pages.map(({ vendor, html }): [string, string] => [join(folder, `${vendor}.html`), html]),
  ]);
  for (const file of await writeFiles(files)) process.stdout.write(`wrote ${file}\n`);
  process.stdout.write(`open ${join(folder, "index.html")}\n`);
  return 0;
});
