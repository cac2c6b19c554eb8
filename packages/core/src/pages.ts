import type { PaginationContract } from "./contract.js";
import { readPointer } from "./pointer.js";

type Query = Readonly<Record<string, unknown>>;

/** Goes through the pages of a list, one answer after the other, until the vendor says that there are no more. Throws `broken` where a page has no list although there is something to list. */
export async function* eachPage(
  { style, request, next, items, first = 1 }: PaginationContract,
  query: Query | undefined,
  fetchPage: (query: Query) => Promise<unknown>,
  broken: () => Error,
): AsyncGenerator<unknown, void, undefined> {
  const start = { cursor: undefined, page: first, offset: 0 }[style];
  let position: unknown = query?.[request] ?? start;
  let previous: string | undefined;
  let count = 0;
  const cursors = new Set<unknown>([position]);
  for (;;) {
    const page = await fetchPage(position === undefined ? { ...query } : { ...query, [request]: position });
    const found = [items]
      .flat()
      .map((pointer) => readPointer(page, pointer))
      .find(Array.isArray);
    const length = found?.length ?? 0;
    const told = readPointer(page, next);
    if (style === "cursor") {
      yield page;
      // A cursor that comes again would go round for ever.
      if (told === undefined || told === null || told === "" || cursors.has(told)) return;
      cursors.add(told);
      position = told;
      continue;
    }
    // What cannot be read must not look like the end.
    if (!found && count < Number(told)) throw broken();
    const shown = JSON.stringify(found);
    const isRepeated = length > 0 && shown === previous;
    previous = shown;
    if (!isRepeated) yield page;
    count += length;
    // Where pages begin with 1, page 0 may be empty.
    const isPageZero = style === "page" && Number(position) === 0;
    if ((length === 0 && !(isPageZero && Number(told) > 0)) || count >= Number(told ?? Number.NaN)) return;
    // Pages 0 and 1 may be the same one; the same page after that means that the parameter is ignored.
    if (isRepeated && Number(position) > first + 1) return;
    // So page 0 does not count any more: page 1 may hold the same items, and look different by now.
    if (isPageZero) count = 0;
    position = Number(position) + (style === "offset" ? length : 1);
  }
}
