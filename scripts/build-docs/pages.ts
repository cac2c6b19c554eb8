import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type JsonObject, objectAt, stringAt, walkObjects } from "@gpu-scripts/openapi/json.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { withRedocly } from "@gpu-scripts/openapi/redocly.ts";
import { htmlText } from "@gpu-scripts/openapi/text/html.ts";
import { markdownWithoutHtml } from "@gpu-scripts/openapi/text/markdown.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { remoteSources } from "./remote-sources.ts";

/** The reference of one vendor. */
export interface Page {
  vendor: string;
  /** The composed document. */
  document: JsonObject;
}

const template = fileURLToPath(new URL("template.hbs", import.meta.url));

/** The HTML reference of a document: one file that needs no network. */
export async function referencePage(document: JsonObject, shownAs: string): Promise<string> {
  const options = ["--inlineBundle", "--openapi.disableTelemetry=true", "--template", template];
  const args = ["build-docs", "openapi.json", ...options, "--output", "reference.html"];
  const html = await withRedocly(args, { "openapi.json": withPlainDescriptions(document) }, async ({ code, stderr }, folder) => {
    if (code !== 0) throw new UserError(`${shownAs}: Redocly could not build the reference: ${stderr.trim().split("\n").at(-1)}`);
    return await readFile(join(folder, "reference.html"), "utf8");
  });
  const remote = remoteSources(html);
  if (remote.length > 0) throw new UserError(`the reference of ${shownAs} would load ${remote.join(", ")} from the network`);
  return html;
}

/** Descriptions are Markdown, and what a vendor writes there may be HTML. */
function withPlainDescriptions(document: JsonObject): JsonObject {
  const copy = structuredClone(document);
  walkObjects(copy, (object) => {
    for (const key of ["description", "summary", "title"]) {
      const text = object[key];
      if (typeof text === "string") object[key] = markdownWithoutHtml(text);
    }
  });
  return copy;
}

/** The page with links to the references of all vendors. */
export function indexPage(pages: readonly Page[]): string {
  const entries = pages.map(({ vendor, document }) => {
    const info = objectAt(document, "info");
    const count = operationsOf(document).length;
    return `    <li>
      <h2><a href="${vendor}.html">${htmlText(stringAt(info, "title") ?? vendor)}</a></h2>
      <p><code>@gpu/${vendor}</code>, ${count} operations</p>
      <p>${htmlText(firstParagraph(stringAt(info, "description") ?? ""))}</p>
    </li>`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>GPU clouds: API references</title>
  <style>
    body { max-width: 45rem; margin: 3rem auto; padding: 0 1rem; font-family: system-ui, sans-serif; line-height: 1.5; color-scheme: light dark; }
    ul { list-style: none; padding: 0; }
    h2 { margin-bottom: 0; }
    p { margin: 0.25rem 0; }
  </style>
</head>
<body>
  <h1>GPU clouds: API references</h1>
  <ul>
${entries.join("\n")}
  </ul>
</body>
</html>
`;
}

/** The first paragraph, without backticks. */
function firstParagraph(markdown: string): string {
  return (markdown.trim().split(/\n\s*\n/)[0] ?? "").replaceAll("`", "");
}
