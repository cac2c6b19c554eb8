import { createHash } from "node:crypto";
import { inGroups, isHtml, load } from "@gpu-scripts/openapi/load.ts";
import type { Source } from "@gpu-scripts/openapi/source.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

type Page = Source["pages"][number];
type Kind = "changed" | "without hash" | "restless" | "unreadable";
interface Finding {
  kind: Kind;
  text: string;
}

/** What a person should know about the pages that overlays, or a hand-written document, were made from. */
export async function pageNotes({ pages, file }: Pick<Source, "pages" | "file">): Promise<string[]> {
  const findings = await inGroups(pages, lookAt);
  const ours = file === "openapi.yaml" ? "`openapi.yaml`" : "the overlays";
  const whatToDo = `Read it, correct ${ours} where it differs, and then set its \`sha256\` in \`source.yaml\` to the hash of today`;
  const titles: Record<Kind, string> = {
    changed: `A page changed. ${whatToDo}:`,
    "without hash": `A page has no hash yet, so nobody sees when it changes. ${whatToDo}:`,
    restless:
      "A page differs from one request to the next, so no hash can watch it. Name a place that does not in `source.yaml`:",
    unreadable: "Whether a page changed is not known:",
  };
  return (Object.keys(titles) as Kind[]).flatMap((kind) => {
    const texts = findings.filter((finding) => finding.kind === kind).map(({ text }) => `\n  - ${text}`);
    return texts.length > 0 ? [`${titles[kind]}${texts.join("")}`] : [];
  });
}

async function lookAt({ url, sha256: known }: Page): Promise<Finding[]> {
  try {
    const page = await readPage(url, known);
    if (page.hash === known) return [];
    if (sha256(await load(page.place)) !== page.hash) return [{ kind: "restless", text: url }];
    return [{ kind: known === undefined ? "without hash" : "changed", text: `${url}: \`${page.hash}\`` }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ kind: "unreadable", text: error.message }];
  }
}

interface PageRead {
  place: string;
  hash: string;
}

/** The page's Markdown, which has no parts that change from one request to the next; the page itself where that is what is known. */
async function readPage(url: string, known: string | undefined): Promise<PageRead> {
  const markdown = url.endsWith(".md") ? undefined : await readMarkdown(`${url}.md`);
  if (markdown && (known === undefined || markdown.hash === known)) return markdown;
  const page = { place: url, hash: sha256(await load(url)) };
  return page.hash === known ? page : (markdown ?? page);
}

/** Not every page has Markdown beside it; some sites have a page there that says so. */
async function readMarkdown(place: string): Promise<PageRead | undefined> {
  try {
    const text = await load(place);
    return isHtml(text) ? undefined : { place, hash: sha256(text) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}
