import type { PaginationContract } from "./contract.js";
import { readPointer } from "./pointer.js";

/** Goes through the pages of a list, one answer after the other, until the vendor says that there are no more. */
export async function* eachPage(
  pagination: PaginationContract,
  query: Readonly<Record<string, unknown>> | undefined,
  fetchPage: (query: Record<string, unknown>) => Promise<unknown>,
): AsyncGenerator<unknown, void, undefined> {
  const { style, request, next, items, first = 1 } = pagination;
  let position: unknown = query?.[request] ?? (style === "page" ? first : style === "offset" ? 0 : undefined);
  let previous: string | undefined;
  let count = 0;
  for (;;) {
    const page = await fetchPage(position === undefined ? { ...query } : { ...query, [request]: position });
    const found = readPointer(page, items);
    const length = Array.isArray(found) ? found.length : 0;
    const shown = JSON.stringify(found);
    // A vendor that ignores the parameter, or counts its pages from elsewhere, gives the same page again.
    const repeated = length > 0 && shown === previous;
    if (!repeated) yield page;
    previous = shown;
    if (style === "cursor") {
      const cursor = readPointer(page, next);
      if (cursor === undefined || cursor === null || cursor === "" || cursor === position) return;
      position = cursor;
      continue;
    }
    count += repeated ? 0 : length;
    const total = Number(readPointer(page, next) ?? Number.NaN);
    if (length === 0 || count >= total) return;
    if (repeated && Number(position) > first) return;
    position = Number(position) + (style === "offset" ? length : 1);
  }
}
