// Tests each text that a vendor could write in every place where its texts are written.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexPage } from "@gpu-scripts/build-docs/pages.ts";
import { generateClient, generateIndex } from "@gpu-scripts/codegen/client.ts";
import { generateReadme } from "@gpu-scripts/codegen/readme.ts";
import { registryFiles } from "@gpu-scripts/codegen/registries.ts";
import { generateTypes } from "@gpu-scripts/codegen/types.ts";
import { isObject, type JsonObject, objectAt, walkObjects } from "@gpu-scripts/openapi/json.ts";
import { parseObject } from "@gpu-scripts/openapi/parse.ts";
import { document } from "@gpu-scripts/openapi/test/document.ts";
import { identifier } from "@gpu-scripts/openapi/text/code.ts";
import {
  markdownCell,
  markdownCode,
  markdownLine,
  markdownLink,
  markdownWithoutHtml,
} from "@gpu-scripts/openapi/text/markdown.ts";
import { vendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import type { Change } from "@gpu-scripts/regenerate/change.ts";
import { changesets } from "@gpu-scripts/regenerate/changeset.ts";
import type { Outcome } from "@gpu-scripts/regenerate/outcome.ts";
import { setAtTop } from "@gpu-scripts/regenerate/overlay-text.ts";
import { renderOutcome } from "@gpu-scripts/regenerate/report.ts";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { overlayText } from "../document/overlay-files.ts";
import { providerSkeleton } from "../provider.ts";
import { scenarioSkeleton, simulatorSkeleton } from "../simulator.ts";

const nasty = [
  "*/ throw 1; /*",
  "*\\/ */ export const x = 1; /**",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the attacker.
  "`${globalThis.x}`",
  "$" + "{globalThis.x}",
  '"; throw 1; //',
  "'; throw 1; //",
  "</script><script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<a href='javascript:alert(1)'>x</a>",
  "<!-- operations:end -->",
  "<!-- operations:start -->",
  "x\n<!-- operations:end -->\nx",
  "<!--",
  "-->",
  "[x](javascript:alert(1))",
  "[x](https://evil.example 'title')",
  "[x][y]\n\n[y]: javascript:alert(1)",
  "![x](https://evil.example/i.png)",
  "<https://evil.example>",
  "see https://evil.example/a_b?c=d#1.",
  "www.evil.example",
  "someone@evil.example",
  "@everyone closes #1",
  "Fixes octo/repo#12, GH-3 and @octo/team",
  "`@everyone` ` @everyone `` closes #2",
  "\\`@everyone\\`",
  "a | b || c",
  "`a | b`",
  "line\nbreak",
  "line\r\nbreak\rbreak",
  "line\u2028break\u2029break",
  "\n\n# heading\n",
  "# heading",
  "setext\n===",
  '---\n"@gpu/fal": major\n---',
  "- item\n  - item",
  "> quote",
  "1. one",
  "1) one",
  "\\",
  "\\\\",
  "```\nnot code",
  "` `` ```",
  "&lt;script&gt; &#64;everyone &commat;everyone",
  "@ts-ignore",
  "text\n@ts-expect-error",
  "text\n  * @ts-nocheck",
  "@deprecated\n@internal",
  "key: value # comment",
  "!!js/function x",
  "&a *a",
  "? [",
  "%YAML 1.1\n---\n",
  "{{{html}}}",
  "{% partial file='/etc/passwd' /%}",
  "$& $1 $` $'",
  " ",
] as const;

const harmless = "Some words";

/** A document with the text in every field that allows any text. */
function documentWith(text: string): JsonObject {
  const made = document();
  walkObjects(made, (object) => {
    for (const key of ["title", "summary", "description"]) {
      if (typeof object[key] === "string")
        object[key] = key === "description" ? `${text}\n\nSource: https://docs.acme.dev/x` : text;
    }
    if (object["type"] === "string") Object.assign(object, { title: text, default: text, example: text });
  });
  made["tags"] = [{ name: text, description: text }];
  for (const item of Object.values(objectAt(made, "paths"))) {
    for (const operation of isObject(item) ? Object.values(item) : []) if (isObject(operation)) operation["tags"] = [text];
  }
  const schemas = objectAt(objectAt(made, "components"), "schemas");
  objectAt(schemas, "InstanceStatus")["x-extensible-enum"] = ["running", text];
  const instance = objectAt(objectAt(schemas, "Instance"), "properties");
  instance[text] = { type: "string", enum: [text, "other"], description: text };
  const media = objectAt(objectAt(objectAt(objectAt(made, "components"), "responses"), "Failure"), "content");
  objectAt(media, "application/json")["example"] = { error: { message: text, [text]: text } };
  return made;
}

/** The statements, members and comment tags of a source, which a text must not change. */
function structureOf(source: string): string[] {
  const file = ts.createSourceFile("x.ts", source, ts.ScriptTarget.Latest, true);
  const { parseDiagnostics, commentDirectives } = file as unknown as {
    parseDiagnostics: unknown[];
    commentDirectives?: unknown[];
  };
  expect(parseDiagnostics).toEqual([]);
  expect(commentDirectives ?? []).toEqual([]);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const tags = ts.getJSDocTags(node).map(({ tagName }) => tagName.text);
    found.push(`${ts.SyntaxKind[node.kind]} ${tags.join(" ")}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Removes code spans from Markdown, because markup has no meaning in them. */
function withoutCode(markdown: string): string {
  return markdown.replace(/(?<=(?:^|[^`\\])(?:\\\\)*)(`+)(?!`)(.*?[^`])\1(?!`)/gm, "(code)");
}

/** Expects that each line of Markdown contains only plain text. */
function expectPlain(markdown: string): void {
  const rest = withoutCode(markdown);
  expect(rest).not.toMatch(/<[a-z!/?]/i);
  expect(rest).not.toMatch(/(?<!\\)(?:\\\\)*\[/);
  expect(rest).not.toMatch(/@\w/);
  expect(rest).not.toMatch(/#\d|\bGH-\d/i);
  expect(rest).not.toMatch(/:\/\/|\bwww\./);
  expect(rest).not.toMatch(/&(?:#|\w+;)(?<!&(?:lt|amp);)/);
}

describe.each(nasty.map((text) => [JSON.stringify(text), text]))("the text %s", (_, text) => {
  it.each<[place: string, write: (made: JsonObject) => string]>([
    ["a client", (made) => generateClient(made)],
    ["an index", generateIndex],
    ["a provider", (made) => providerSkeleton(vendorNames(made), made)],
    ["a simulated vendor", (made) => simulatorSkeleton(vendorNames(made), made)],
    ["a scenario", (made) => scenarioSkeleton(vendorNames(made), made)],
  ])("does not change the statements of %s", (_place, write) => {
    expect(structureOf(write(documentWith(text)))).toEqual(structureOf(write(documentWith(harmless))));
  });

  it("does not change the statements of the types", async () => {
    expect(structureOf(await generateTypes(documentWith(text)))).toEqual(
      structureOf(await generateTypes(documentWith(harmless))),
    );
  });

  it("stays plain text in a line of Markdown", () => {
    const line = markdownLine(text);
    expect(line).not.toMatch(/[\n\r\u2028\u2029]/);
    expect(line).not.toMatch(/^(?:[>#=]|[-+] |\d+[.)] )/);
    expectPlain(line);
    expect(withoutCode(`${markdownCode(text)}x`)).toBe("(code)x");
    expect(markdownLink(text, "https://docs.acme.dev/x")).toBe(`[${line}](https://docs.acme.dev/x)`);
    expect(markdownLink(text, `javascript:${text}`)).toBe(line);
    expect(markdownCell(line)).not.toMatch(/(?<!\\)\|/);
    expect(markdownWithoutHtml(text)).not.toMatch(/<[a-z!/?]|!\[|\{%/i);
  });

  it("does not change the README around the table, also when generated again", async () => {
    const file = join(folder, "README.md");
    const frame = (table: string) => `# Acme\n\n${table}\n\nWritten by hand.\n`;
    await writeFile(file, frame("<!-- operations:start -->\n<!-- operations:end -->"));
    const made = await generateReadme(file, "README.md", documentWith(text));
    await writeFile(file, made);
    expect(await generateReadme(file, "README.md", documentWith(text))).toBe(made);
    expect(made.split("\n").slice(0, 3)).toEqual(["# Acme", "", "<!-- operations:start -->"]);
    expect(made).toMatch(/\n<!-- operations:end -->\n\nWritten by hand\.\n$/);
    const plain = await generateReadme(file, "README.md", documentWith(harmless));
    const cells = (line: string) => (line.startsWith("|") ? line.replaceAll("\\|", "").split("|").length : 0);
    const shape = (readme: string) => readme.split("\n").map(cells);
    expect(shape(made)).toEqual(shape(plain));
    for (const line of made.split("\n").filter((one) => one.startsWith("|") || one.startsWith("###"))) {
      expectPlain(line.replace(/\| \[(.*)\]\(https:\/\/docs\.acme\.dev\/x\) \|/, "| $1 |"));
    }
    const title = await generateReadme(join(folder, "absent.md"), "README.md", documentWith(text));
    expect(title.split("\n").filter((line) => line.startsWith("#"))).toEqual(
      expect.arrayContaining(["# @gpu/acme", "## Install", "## Example", "## Operations"]),
    );
  });

  it("stays plain text in one line of a report", () => {
    const change = (part: string): Change => {
      const values = { before: part, after: part };
      return { operation: `GET /${part}`, impact: "patch", kind: "default-changed", place: `/${part}`, ...values };
    };
    const outcome = (part: string): Outcome => ({
      vendor: "acme",
      status: "refused",
      reasons: [
        { kind: "document", message: part.replaceAll("\n", " ") },
        { kind: "lint", problems: [{ pointer: part, message: part, rule: part }] },
      ],
      impact: "patch",
      bump: "patch",
      changes: [
        change(part),
        { operation: part, impact: "patch", kind: "property-changed", place: "", part, before: null, after: null },
      ],
      overlays: [
        { action: `fixes.overlay.yaml, action 1 (${part})`, verdict: "superseded", parts: [part] },
        { action: part, verdict: "hides", fields: [{ field: part, before: part, after: part }] },
        { action: part, verdict: "misfit", reason: part },
      ],
      fixable: [
        { kind: "lint", operation: part, place: part, rule: part, message: part },
        { kind: "compile", file: part, line: 1, message: part },
      ],
      lookAt: [{ file: part, change: change(part) }],
      notes: [],
      files: [part],
    });
    const report = renderOutcome(outcome(text));
    expect(report.split("\n")).toHaveLength(renderOutcome(outcome(harmless)).split("\n").length);
    expectPlain(report.replaceAll("**", ""));
  });

  it("stays plain text in a changeset, and does not change its bumps", () => {
    const files = changesets({
      vendor: "acme",
      title: text,
      comparison: {
        impact: "major",
        changes: [{ operation: `GET /${text}`, impact: "major", kind: "type-removed", type: text }],
        mayBreakCode: false,
      },
      bump: "minor",
      unifiedBump: "minor",
      content: "content",
    });
    for (const changeset of files.values()) {
      const [, front, body = ""] = /^---\n("@gpu\/(?:acme|unified)": minor)\n---\n\n([\s\S]*)$/.exec(changeset) ?? [];
      expect(front).toBeDefined();
      expect(body).not.toMatch(/^---/m);
      expectPlain(body);
    }
  });

  it("is unchanged after writing and reading YAML", () => {
    const action: JsonObject = { target: "$.info", description: text, update: { [text]: text, list: [text, { a: text }] } };
    const overlay = parseObject(overlayText(text, [{ title: "Texts.", actions: [action, action] }]), "overlay");
    expect(overlay).toEqual({ overlay: "1.1.0", info: { title: text, version: "1.0.0" }, actions: [action, action] });
    const source = setAtTop("url: null\ndate: 2026-12-01\n", { date: text, operations: [text] });
    expect(parseObject(source, "source")).toEqual({ url: null, date: text, operations: [text] });
  });

  it("stays plain text in the index of the references", () => {
    const page = (title: string) => indexPage([{ vendor: "acme", document: { info: { title, description: title } } }]);
    const tags = (html: string) => html.match(/<[^>]*>/g);
    expect(tags(page(text))).toEqual(tags(page(harmless)));
  });

  it("stays plain text in the vendor's row of the README", async () => {
    await mkdir(join(folder, "specs"), { recursive: true });
    const pending = new Map([
      ["specs/acme/source.yaml", ""],
      ["packages/acme/openapi.json", JSON.stringify(documentWith(text))],
      ...["README.md", "packages/simulator/README.md"].map((path): [string, string] => [
        path,
        "<!-- vendors:start -->\n<!-- vendors:end -->\n<!-- live:start -->\n<!-- live:end -->\n",
      ]),
    ]);
    const files = await registryFiles({ root: folder, pending });
    const row = files.get(join(folder, "README.md"))?.split("\n")[4] ?? "";
    expect(row.replaceAll("\\|", "").split("|")).toHaveLength(6);
    expectPlain(row.replace("[`@gpu/acme`](packages/acme)", ""));
  });
});

it.each(["a b", "1a", "a-b", "", "a;throw 1", "a\n"])("identifier rejects %j", (name) => {
  expect(() => identifier(name)).toThrow(/cannot be a name in TypeScript/);
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gpu-texts-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
