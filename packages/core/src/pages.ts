import type { PaginationContract, VendorContract } from "./contract.js";
import { GpuError } from "./error.js";
import type { CallOptions } from "./options.js";
import { readPointer } from "./pointer.js";

type Query = Readonly<Record<string, unknown>>;
type PagedOptions = CallOptions & { query?: Query };
type Call = (options: PagedOptions) => Promise<unknown>;
type BrokenList = (reason: string, mayPass?: boolean) => Error;

/** One page of a list. */
interface Page {
  /** The cursor or number that was requested. */
  readonly position: unknown;
  readonly items: readonly unknown[];
  /** The next cursor, or the total count. */
  readonly next: unknown;
  readonly hasMore: boolean | undefined;
}

/** The next page, if any. */
interface Step {
  readonly position?: unknown;
  /** The page has the same items as the previous one. */
  readonly isRepeated?: boolean;
}

/**
 * Finds the next page. Throws `broken` if a page neither has a next one nor proves the end: a partial list must not be returned as complete.
 * `mayPass`: the list may have changed while it was read, so reading it again may succeed.
 */
type PageStyle = (list: PaginationContract, start: unknown, broken: BrokenList) => (page: Page) => Step;

/** Creates the iterators of a list in pages, as typed by `PagedOperation`. */
export type PageIterators = (
  contract: VendorContract,
  operation: string,
  list: PaginationContract,
  call: Call,
) => {
  pages(options?: PagedOptions): AsyncIterableIterator<unknown>;
  items(options?: PagedOptions): AsyncIterableIterator<unknown>;
};

/** Longer lists are treated as endless: every cursor is new, or the page number is ignored. */
const maxPages = 1_000;
const maxItems = 100_000;

/** Reads lists with a cursor. A client imports only the styles that its vendor uses. */
export const cursorPages: PageIterators = (...list) => iterators(byCursor, ...list);

/** Reads lists with a page number or an offset. */
export const numberedPages: PageIterators = (...list) => iterators(byNumber, ...list);

const byCursor: PageStyle = ({ more }, start, broken) => {
  const cursors = new Set([start]);
  return ({ next, hasMore }) => {
    const isGiven = !isAbsent(next);
    if (isGiven && !cursors.has(next)) {
      cursors.add(next);
      return { position: next };
    }
    if (hasMore ?? (isGiven || (more && next === undefined)))
      throw broken("the response has neither a new cursor nor the end of the list");
    return {};
  };
};

const byNumber: PageStyle = ({ style, request, first = 1 }, start, broken) => {
  const isOffset = style === "offset";
  let total = Number.NaN;
  let count = isOffset ? Number(start) : 0;
  /** If pages start at 1, page 0 is empty or equals page 1, so it is counted separately. */
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
      if (isOffset || first + at !== 1)
        throw broken(`the same page was returned again: the vendor seems to ignore \`${request}\``);
    }
    if (isPageZero) onPageZero = length;
    else count += length;
    // Later pages may return a smaller total. Starting in the middle, the total is never reached.
    if (!isAbsent(next) && (isOffset || Number(start) <= first) && Number(next) >= 0) total = Math.max(total || 0, Number(next));
    if (hasMore === false || (length === 0 && !isPageZero)) {
      const held = count + onPageZero;
      if (hasMore || held < total) throw broken(`the pages have ${held} of ${total} items; read the list again`, true);
    } else if (hasMore || !(count >= total || (isPageZero && length >= total))) {
      return { position: at + (isOffset ? length : 1), isRepeated };
    }
    return { isRepeated };
  };
};

/** Reads pages until the vendor's end signal or a page that proves the end. */
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
    if (!items) throw broken("the page has no list");
    const step = follow({ position, items, next, hasMore });
    if (!step.isRepeated) yield { page, items };
    position = step.position;
    if (position === undefined) return;
    read += items.length;
    if (pages >= maxPages || read >= maxItems) {
      throw broken(
        `the list did not end after ${pages} pages with ${read} items; narrow the query, or continue with \`${request}\``,
      );
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
 * How the response of a list documented without pages shows that it is partial: a cursor, a flag that more follows, or a total
 * above its number of items. Undefined if nothing shows it.
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
