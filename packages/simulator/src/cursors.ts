/** A cursor that is an offset into a list, in Base64. */
export function cursorOf(list: string, offset: number): string {
  return btoa(`${list}:${offset}`);
}

/** The offset in a cursor; 0 without a cursor. Undefined for an invalid cursor, or one of another list. */
function offsetOf(list: string, cursor: string | null): number | undefined {
  if (cursor === null) return 0;
  try {
    const [, name, digits] = /^(\w+):(\d+)$/.exec(atob(cursor)) ?? [];
    return name === list ? Number(digits) : undefined;
  } catch {
    return undefined;
  }
}

/** The cursor that follows the one of a request, for a list without an end. */
export function nextCursor(list: string, cursor: string | null): string {
  return cursorOf(list, (offsetOf(list, cursor) ?? 0) + 1);
}

/** One page from a cursor on. Undefined for an invalid cursor. */
export function pageFrom<T>(list: string, items: readonly T[], cursor: string | null, size: number) {
  const offset = offsetOf(list, cursor);
  if (offset === undefined) return undefined;
  const end = offset + size;
  return { items: items.slice(offset, end), next: end < items.length ? cursorOf(list, end) : null };
}
