import { createHash } from "node:crypto";
import { UserError } from "../user-error.ts";
import { load } from "./load.ts";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What a person should know about the pages that a hand-written document was made from. */
export async function pageNotes(pages: readonly { url: string; sha256: string | undefined }[]): Promise<string[]> {
  const notes = await Promise.all(
    pages.map(async ({ url, sha256: known }): Promise<string[]> => {
      if (known === undefined) return [];
      try {
        const current = await currentHash(url, known);
        if (current === known) return [];
        return [
          `${url} changed. Read it, correct \`openapi.yaml\` where it differs, and then set its \`sha256\` in \`source.yaml\` to ${current}.`,
        ];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return [`${error.message}; whether the page changed is not known`];
      }
    }),
  );
  return notes.flat();
}

/** The hash of the page, or of its Markdown, which has no parts that change from one request to the next. */
async function currentHash(url: string, known: string): Promise<string> {
  const page = sha256(await load(url));
  if (page === known || url.endsWith(".md")) return page;
  const markdown = await load(`${url}.md`).catch(() => undefined);
  return markdown === undefined ? page : sha256(markdown);
}
