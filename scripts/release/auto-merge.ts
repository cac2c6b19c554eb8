import { isObject, type JsonObject } from "../openapi/json.ts";
import { UserError } from "../openapi/user-error.ts";
import type { Outcome } from "../regenerate/outcome.ts";
import { changesetBumps } from "./changeset-file.ts";
import { compareDocuments } from "./compare-documents.ts";
import type { ReadBlob, StagedChange } from "./staged.ts";

/** Changed text of this size or more, in bytes, is for a person to read. */
const mostBytes = 2_000;

/**
 * Why a person must decide on a change; undefined when it changes descriptions only. The report can only add reasons: what changed
 * is read from the files. CI then checks that the generated files match the document.
 */
export async function whyForPerson(
  vendor: string,
  { impact, status, fixable, overlays }: Outcome,
  changes: readonly StagedChange[],
  read: ReadBlob,
): Promise<string | undefined> {
  if (status !== "written") return `its status is "${status}"`;
  if (impact !== "none" && impact !== "patch") return `it is rated ${impact}`;
  if (fixable.length > 0) return "code or documents must be fixed";
  if (overlays.length > 0) return "it concerns actions of overlays";
  for (const change of changes) {
    const reason = await whyNotTexts(vendor, change, read);
    if (reason !== undefined) return `${change.path} ${reason}`;
  }
  return undefined;
}

async function whyNotTexts(vendor: string, change: StagedChange, read: ReadBlob): Promise<string | undefined> {
  const { path, before, after } = change;
  if (after === undefined) return "is deleted";
  if (path.startsWith(".changeset/")) {
    const text = await read(after);
    const isPatch = ([name, bump]: [string, string]) => name === `@gpu/${vendor}` && bump === "patch";
    if (!changesetBumps(text).every(isPatch)) return "raises more than the patch version";
    return Buffer.byteLength(text) < mostBytes ? undefined : "is long";
  }
  if (before === undefined) return "is new";
  const [old, fresh] = [await read(before), await read(after)];
  switch (path) {
    // The published document, which is compared below, shows its effect.
    case `specs/${vendor}/upstream.yaml`:
      return undefined;
    case `packages/${vendor}/src/generated/client.ts`:
    case `packages/${vendor}/src/generated/schema.ts`:
      return withoutDocComments(old) === withoutDocComments(fresh) ? undefined : "changes outside its doc comments";
    case `specs/${vendor}/source.yaml`:
      return withoutRecord(old) === withoutRecord(fresh) ? undefined : "changes more than the record of the document";
    case `packages/${vendor}/README.md`:
      return outsideOperations(old) === outsideOperations(fresh) ? undefined : "changes outside the table of operations";
    case `packages/${vendor}/openapi.json`: {
      const difference = compareDocuments(parse(old, path), parse(fresh, path));
      if (difference.kind === "values") return `changes ${difference.pointer}`;
      return difference.bytes < mostBytes ? undefined : `changes ${difference.bytes} bytes of text`;
    }
    default:
      return "changes";
  }
}

/** Code without its lines of doc comments. A line that has anything after the end of a comment is kept whole. */
function withoutDocComments(code: string): string {
  let inComment = false;
  const kept = code.split("\n").filter((line) => {
    const text = line.trim();
    const isComment = inComment || text.startsWith("/**");
    if (!isComment) return true;
    const end = text.indexOf("*/", inComment ? 0 : 2);
    inComment = end < 0;
    return end >= 0 && end !== text.length - 2;
  });
  return kept.join("\n");
}

/** `source.yaml` without the lines that record which document was read when. */
function withoutRecord(source: string): string {
  return source.replaceAll(/^(?:sha256: [0-9a-f]{64}|date: (["']?)\d{4}-\d{2}-\d{2}\1|size: \d+)$/gm, "");
}

/** A README without what is generated; the whole of it when it has no such part. */
function outsideOperations(readme: string): string {
  const [from, to] = [readme.indexOf("<!-- operations:start -->"), readme.lastIndexOf("<!-- operations:end -->")];
  return from < 0 || to < from ? readme : readme.slice(0, from) + readme.slice(to);
}

function parse(text: string, path: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Reported below.
  }
  throw new UserError(`${path} is not a JSON object`);
}
