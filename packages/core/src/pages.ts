import type { PaginationContract, VendorContract } from "./contract.js";
import { GpuError } from "./error.js";
import type { CallOptions } from "./options.js";
import { readPointer } from "./pointer.js";

type Query = Readonly<Record<string, unknown>>;
type PagedOptions = CallOptions & { query?: Query };
type Call = (options: PagedOptions) => Promise<unknown>;
type BrokenList = (reason: string, mayPass?: boolean) => Error;

/** What one response of a list shows. */
interface Page {
  /** The cursor or the number that it was asked for. */
  readonly position: unknown;
  readonly items: readonly unknown[];
  /** The next cursor, or the total count. */
  readonly next: unknown;
  readonly hasMore: boolean | undefined;
}

/** What follows a page; nothing after the last one. */
interface Step {
  readonly position?: unknown;
  /** The page holds the items of the one before it. */
  readonly isRepeated?: boolean;
}

/**
 * How a list goes on. Throws `broken` where a page neither leads on nor proves the end: a part of a list must not pass for all of it.
 * `mayPass`: the list may have changed under way, so another reading may end well.
 */
type PageStyle = (list: PaginationContract, start: unknown, broken: BrokenList) => (page: Page) => Step;

/** The two ways to go through a list in pages, as `PagedOperation` types them. */
export type PageIterators = (
  contract: VendorContract,
  operation: string,
  list: PaginationContract,
  call: Call,
) => {
  pages(options?: PagedOptions): AsyncIterableIterator<unknown>;
  items(options?: PagedOptions): AsyncIterableIterator<unknown>;
};

/** Beyond these a list has no end: cursors are always new, or the page number is ignored. */
const maxPages = 1_000;
const maxItems = 100_000;

/** For lists with a cursor. A client imports only the styles that its vendor has. */
export const cursorPages: PageIterators = (...list) => iterators(byCursor, ...list);

/** For lists with a page number or an offset. */
export const numberedPages: PageIterators = (...list) => iterators(byNumber, ...list);

const byCursor: PageStyle = ({ more }, start, broken) => {
  const cursors = new Set([start]);
  return ({ next, hasMore }) => {
    const isGiven = !isAbsent(next);
    if (isGiven && !cursors.has(next)) {
      cursors.add(next);
      return { position: next };
    }
    if (hasMore ?? (isGiven || (more && next === undefined))) throw broken("no new cursor and no end of the list is given");
    return {};
  };
};

const byNumber: PageStyle = ({ style, request, first = 1 }, start, broken) => {
  const isOffset = style === "offset";
  let total = Number.NaN;
  let count = isOffset ? Number(start) : 0;
  /** Where pages begin with 1, page 0 is empty or the same as page 1, so it is counted apart. */
  let onPageZero = 0;
  let previous: string | undefined;
  return ({ position, items, next, hasMore }) => {
    const { length } = items;
    const at = Number(position);
    const isPageZero = !isOffset && at === 0;
    const text = JSON.stringify(items);
    const isRepeated = length > 0 && text === previous;
    previous = text;
    if (isRepeated) {
      onPageZero = 0;
      if (isOffset || first + at !== 1) throw broken(`the same page comes again: \`${request}\` seems to be ignored`);
    }
    if (isPageZero) onPageZero = length;
    else count += length;
    // Later pages may give a smaller total. From a page in the middle on, no total can be reached.
    if (!isAbsent(next) && (isOffset || Number(start) <= first) && Number(next) >= 0) total = Math.max(total || 0, Number(next));
    if (hasMore === false || (length === 0 && !isPageZero)) {
      const held = count + onPageZero;
      if (hasMore || held < total) throw broken(`the pages hold ${held} items of ${total}; read the list again`, true);
    } else if (hasMore || !(count >= total || (isPageZero && length >= total))) {
      return { position: at + (isOffset ? length : 1), isRepeated };
    }
    return { isRepeated };
  };
};

/** Reads a list page by page, to the vendor's end signal or to a page that proves the end. */
async function* eachPage(style: PageStyle, list: PaginationContract, call: Call, options: PagedOptions, broken: BrokenList) {
  const { query } = options;
  const { request, more, first = 1 } = list;
  let position: unknown = query?.[request] ?? { cursor: undefined, page: first, offset: 0 }[list.style];
  const follow = style(list, position, broken);
  let read = 0;
  for (let pages = 1; ; pages += 1) {
    const page = await call({ ...options, query: position === undefined ? { ...query } : { ...query, [request]: position } });
    const next = readPointer(page, list.next);
    const hasMore = { true: true, false: false }[String(more && readPointer(page, more))];
    const lists = [list.items].flat().map((pointer) => readPointer(page, pointer));
    const items: readonly unknown[] | undefined =
      lists.find(Array.isArray) ?? (lists.includes(null) || String(next) === "0" ? [] : undefined);
    if (!items) throw broken("the page holds no list");
    const step = follow({ position, items, next, hasMore });
    if (!step.isRepeated) yield { page, items };
    position = step.position;
    if (position === undefined) return;
    read += items.length;
    if (pages >= maxPages || read >= maxItems) {
      throw broken(`no end after ${pages} pages with ${read} items; narrow the query, or read on with \`${request}\``);
    }
  }
}

function iterators(
  style: PageStyle,
  { vendor, operations }: VendorContract,
  operation: string,
  list: PaginationContract,
  call: Call,
): ReturnType<PageIterators> {
  const broken: BrokenList = (reason, retryable) => {
    const { method, path } = operations[operation] ?? {};
    const message = `${vendor} ${operation} (${method} ${path}): ${reason}`;
    return new GpuError({ code: "vendor_contract", message, vendor, operation, method, path, sideEffect: "none", retryable });
  };
  const read = (options: PagedOptions = {}) => eachPage(style, list, call, options, broken);
  return {
    async *pages(options?: PagedOptions) {
      for await (const { page } of read(options)) yield page;
    },
    async *items(options?: PagedOptions) {
      for await (const { items } of read(options)) yield* items;
    },
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
