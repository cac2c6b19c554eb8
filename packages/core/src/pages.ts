import type { PaginationContract } from "./contract.js";
import { readPointer } from "./pointer.js";

type Query = Readonly<Record<string, unknown>>;

/** One response of a list, and the items in it. */
export interface Page {
  readonly page: unknown;
  readonly items: readonly unknown[];
}

/** Beyond these a list has no end: cursors are always new, or the page number is ignored. */
const maxPages = 1_000;
const maxItems = 100_000;

/**
 * Reads a list page by page, to the vendor's end signal or to a page that proves the end. Throws `broken` where neither comes:
 * a part of a list must not pass for all of it. `mayPass`: the list may have changed under way, so another reading may end well.
 */
export async function* eachPage(
  { style, request, next: nextAt, more, items: itemsAt, first = 1 }: PaginationContract,
  query: Query | undefined,
  fetchPage: (query: Query) => Promise<unknown>,
  broken: (reason: string, mayPass?: boolean) => Error,
): AsyncGenerator<Page, void, undefined> {
  const start: unknown = query?.[request] ?? { cursor: undefined, page: first, offset: 0 }[style];
  const isOffset = style === "offset";
  const cursors = new Set([start]);
  let position = start;
  let total = Number.NaN;
  let count = isOffset ? Number(start) : 0;
  /** Where pages begin with 1, page 0 is empty or the same as page 1, so it is counted apart. */
  let onPageZero = 0;
  let previous: string | undefined;
  let read = 0;
  for (let pages = 1; ; pages += 1) {
    const page = await fetchPage(position === undefined ? { ...query } : { ...query, [request]: position });
    const next = readPointer(page, nextAt);
    const isGiven = !isAbsent(next);
    const hasMore = { true: true, false: false }[String(more && readPointer(page, more))];
    const lists = [itemsAt].flat().map((pointer) => readPointer(page, pointer));
    const items = lists.find(Array.isArray) ?? (lists.includes(null) || String(next) === "0" ? [] : undefined);
    if (!items) throw broken("the page holds no list");
    const { length } = items;
    let following: unknown;
    let isRepeated = false;
    if (style === "cursor") {
      if (isGiven && !cursors.has(next)) following = next;
      else if (hasMore ?? (isGiven || (more && next === undefined)))
        throw broken("no new cursor and no end of the list is given");
      cursors.add(next);
    } else {
      const at = Number(position);
      const isPageZero = !isOffset && at === 0;
      const text = JSON.stringify(items);
      isRepeated = length > 0 && text === previous;
      previous = text;
      if (isRepeated) {
        onPageZero = 0;
        if (isOffset || first + at !== 1) throw broken(`the same page comes again: \`${request}\` seems to be ignored`);
      }
      if (isPageZero) onPageZero = length;
      else count += length;
      // Later pages may give a smaller total. From a page in the middle on, no total can be reached.
      if (isGiven && (isOffset || Number(start) <= first) && Number(next) >= 0) total = Math.max(total || 0, Number(next));
      if (hasMore === false || (length === 0 && !isPageZero)) {
        const held = count + onPageZero;
        if (hasMore || held < total) throw broken(`the pages hold ${held} items of ${total}; read the list again`, true);
      } else if (hasMore || !(count >= total || (isPageZero && length >= total))) following = at + (isOffset ? length : 1);
    }
    if (!isRepeated) yield { page, items };
    if (following === undefined) return;
    position = following;
    read += length;
    if (pages >= maxPages || read >= maxItems) {
      throw broken(`no end after ${pages} pages with ${read} items; narrow the query, or read on with \`${request}\` yourself`);
    }
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/**
 * How a response of a list that is documented without pages shows that it is only a part: a cursor, a word that more follows, or a
 * total above the number of items in it. Undefined where nothing shows it, so that the list is whole.
 */
export function partialListSign(response: unknown, count: number): string | undefined {
  if (typeof response !== "object" || response === null) return undefined;
  const { meta, pagination } = response as Record<string, unknown>;
  for (const part of [response, meta, pagination]) {
    if (typeof part !== "object" || part === null) continue;
    for (const [name, value] of Object.entries(part)) {
      const isPart =
        (/^(next_?)?cursor$|^next(_?page)?(_?token)?$/i.test(name) && !isAbsent(value) && value !== false) ||
        (/^has_?(more|next)$/i.test(name) && value === true) ||
        (/^total(_?(count|items))?$/i.test(name) && Number(value) > count);
      if (isPart) return `\`${name}\` is ${JSON.stringify(value)}`;
    }
  }
  return undefined;
}
