import type { PaginationContract } from "./contract.js";
import { readPointer } from "./pointer.js";

type Query = Readonly<Record<string, unknown>>;

/** One response of a list, and the items in it. */
export interface Page {
  readonly page: unknown;
  readonly items: readonly unknown[];
}

/** What a page shows of the list around it. */
interface Signs {
  readonly found: readonly unknown[];
  /** The next cursor, or the total. */
  readonly told: unknown;
  /** The vendor's own word on whether more follows. */
  readonly hasMore: boolean | undefined;
}

/** Where to read on; without `next` and `broken` the list is whole. */
interface Step {
  readonly next?: unknown;
  /** Why the end cannot be believed. */
  readonly broken?: string;
  /** The list may have changed while it was read, so another reading may end well. */
  readonly mayPass?: boolean;
  /** The page is the one before. */
  readonly isRepeated?: boolean;
}

/** Beyond these a list has no end: cursors are always new, or the page number is ignored. */
const maxPages = 1_000;
const maxItems = 100_000;

/**
 * Reads a list page by page, to the vendor's end signal or to a page that proves the end. Throws `broken` where neither comes:
 * a part of a list must not pass for all of it.
 */
export async function* eachPage(
  pagination: PaginationContract,
  query: Query | undefined,
  fetchPage: (query: Query) => Promise<unknown>,
  broken: (reason: string, mayPass?: boolean) => Error,
): AsyncGenerator<Page, void, undefined> {
  const { style, request, next, more, items, first = 1 } = pagination;
  let position: unknown = query?.[request] ?? { cursor: undefined, page: first, offset: 0 }[style];
  const advance = style === "cursor" ? alongCursors(position, more !== undefined) : alongCounts(pagination, Number(position));
  let read = 0;
  for (let pages = 1; ; pages += 1) {
    const page = await fetchPage(position === undefined ? { ...query } : { ...query, [request]: position });
    const lists = [items].flat().map((pointer) => readPointer(page, pointer));
    const told = readPointer(page, next);
    const found = lists.find(Array.isArray) ?? (lists.includes(null) || String(told) === "0" ? [] : undefined);
    if (!found) throw broken("the page holds no list");
    const flag = more === undefined ? undefined : readPointer(page, more);
    const step = advance({ found, told, hasMore: typeof flag === "boolean" ? flag : undefined });
    if (!step.isRepeated) yield { page, items: found };
    if (step.broken) throw broken(step.broken, step.mayPass);
    if (step.next === undefined) return;
    position = step.next;
    read += found.length;
    if (pages >= maxPages || read >= maxItems) {
      throw broken(`no end after ${pages} pages with ${read} items; narrow the query, or read on with \`${request}\` yourself`);
    }
  }
}

function alongCursors(start: unknown, documentsMore: boolean): (signs: Signs) => Step {
  const seen = new Set([start]);
  return ({ told, hasMore }) => {
    const isSet = !isAbsent(told);
    if (isSet && !seen.has(told)) {
      seen.add(told);
      return { next: told };
    }
    if (hasMore === false) return {};
    if (isSet) return { broken: "the same cursor comes again" };
    if (hasMore) return { broken: "more pages follow, but there is no cursor to read them with" };
    return documentsMore && told === undefined ? { broken: "neither a cursor nor the end of the list is told" } : {};
  };
}

function alongCounts({ style, request, first = 1 }: PaginationContract, start: number): (signs: Signs) => Step {
  let position = start;
  let count = style === "offset" ? start : 0;
  let total = Number.NaN;
  /** Where pages begin with 1, page 0 is empty or the same as page 1, so it is counted apart. */
  let onPageZero = 0;
  let previous: string | undefined;
  return ({ found, told, hasMore }) => {
    const { length } = found;
    const isPageZero = style === "page" && position === 0;
    const text = JSON.stringify(found);
    const isRepeated = length > 0 && text === previous;
    previous = text;
    if (isRepeated) {
      if (!(style === "page" && first === 0 && position === 1)) {
        return { isRepeated, broken: `the same page comes again, so the vendor seems to ignore \`${request}\`` };
      }
      onPageZero = 0;
    }
    if (isPageZero) onPageZero = length;
    else count += length;
    // Later pages may give a smaller total. From a page in the middle on, no total can be reached.
    if (!isAbsent(told) && Number(told) >= 0 && (style === "offset" || start <= first))
      total = Math.max(total || 0, Number(told));
    if (!hasMore && (count >= total || (isPageZero && length >= total))) return { isRepeated };
    if (hasMore === false || (length === 0 && !isPageZero)) {
      const held = count + onPageZero;
      if (!hasMore && !(held < total)) return { isRepeated };
      return { isRepeated, broken: `the pages hold ${held} items of ${total}; read the list again`, mayPass: true };
    }
    position += style === "offset" ? length : 1;
    return { isRepeated, next: position };
  };
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
