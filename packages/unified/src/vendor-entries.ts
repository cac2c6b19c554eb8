import { toNumber } from "./numbers.js";

/** The objects of a list inside an answer. What is no object, or no list, is left out: one bad entry must not cost the others. */
export function objectsIn<T>(list: readonly T[] | null | undefined): (T & object)[] {
  return Array.isArray(list) ? list.filter((entry): entry is T & object => typeof entry === "object" && entry !== null) : [];
}

/** A size or count above zero; null for anything else. */
export function toSize(value: unknown): number | null {
  const size = toNumber(value);
  return size !== null && size > 0 ? size : null;
}
