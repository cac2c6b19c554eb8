/** A string, or a number with all of its parts. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * Parses JSON. An integer beyond 2^53 becomes a string of its digits: rounded, an id would name something else.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!/\d{16}/.test(text)) return value;
  const isUnsafe = (number: string) => /^-?\d+$/.test(number) && !Number.isSafeInteger(Number(number));
  return JSON.parse(text.replace(token, (found) => (isUnsafe(found) ? `"${found}"` : found)));
}

/** The parsed value, or undefined if the text is not JSON. */
export function parseIfJson(text: unknown): unknown {
  try {
    return parseJson(String(text));
  } catch {
    return undefined;
  }
}
