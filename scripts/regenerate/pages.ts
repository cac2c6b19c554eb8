import { createHash } from "node:crypto";
import { inGroups, isHtml, load } from "@gpu-scripts/openapi/load.ts";
import type { Source } from "@gpu-scripts/openapi/source.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

type Page = Source["pages"][number];
type PageState = "changed" | "without hash" | "unstable" | "unreadable";

interface PageReport {
  state: PageState;
  text: string;
}

/** Pages that overlays, or a hand-written document, are based on and that a person must read. */
export async function pageNotes({ pages, file }: Pick<Source, "pages" | "file">): Promise<string[]> {
  const reports = await inGroups(pages, checkPage);
  const ours = file === "openapi.yaml" ? "`openapi.yaml`" : "the overlays";
  const whatToDo = `Read it, correct ${ours} where it differs, and then set its \`sha256\` in \`source.yaml\` to today's hash`;
  const titles: Record<PageState, string> = {
    changed: `A page changed. ${whatToDo}:`,
    "without hash": `A page has no hash yet, so its changes go unnoticed. ${whatToDo}:`,
    unstable: "A page differs on every request, so a hash cannot track it. List a stable address in `source.yaml`:",
    unreadable: "A page could not be read, so it may have changed:",
  };
  return (Object.keys(titles) as PageState[]).flatMap((state) => {
    const texts = reports.filter((report) => report.state === state).map(({ text }) => `\n  - ${text}`);
    return texts.length > 0 ? [`${titles[state]}${texts.join("")}`] : [];
  });
}

async function checkPage({ url, sha256: known }: Page): Promise<PageReport[]> {
  try {
    const page = await readPage(url, known);
    if (page.hash === known) return [];
    if (sha256(await load(page.place)) !== page.hash) return [{ state: "unstable", text: url }];
    return [{ state: known === undefined ? "without hash" : "changed", text: `${url}: \`${page.hash}\`` }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ state: "unreadable", text: error.message }];
  }
}

interface PageRead {
  place: string;
  hash: string;
}

/** The Markdown version of a page, which is stable between requests; otherwise, or where the known hash is its own, the page itself. */
async function readPage(url: string, known: string | undefined): Promise<PageRead> {
  const markdown = url.endsWith(".md") ? undefined : await readMarkdown(`${url}.md`);
  if (markdown && (known === undefined || markdown.hash === known)) return markdown;
  const page = { place: url, hash: sha256(await load(url)) };
  return page.hash === known ? page : (markdown ?? page);
}

/** Not every page has a Markdown version; some sites return an HTML page in its place. */
async function readMarkdown(place: string): Promise<PageRead | undefined> {
  try {
    const text = await load(place);
    return isHtml(text) ? undefined : { place, hash: sha256(text) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}
