/** A number that a vendor sends as a number or as decimal text; null when it is neither. */
export function toNumber(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || !/^\s*-?(?:\d+\.?\d*|\.\d+)\s*$/.test(value)) return null;
  return Number(value);
}

/** A price in US dollars from a count of smaller units; null when it is no positive number. */
export function toUsd(value: unknown, unitsPerDollar: number): number | null {
  const units = toNumber(value);
  // Dividing last keeps 35000/100000 at 0.35.
  return units === null || units <= 0 ? null : units / unitsPerDollar;
}

/** A price times a count, or divided by one, without the last digits that binary fractions leave. */
export function roundUsd(usd: number): number {
  return Number(usd.toFixed(9));
}
