/** The last digits of a text's SHA-256 in base 36, lowest first. */
export async function digest(text: string, length: number): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const sum = new Uint8Array(hash).reduce((total, byte) => total * 256n + BigInt(byte), 0n);
  return [...sum.toString(36)].reverse().slice(0, length).join("");
}

/** JSON with sorted keys and without undefined values, so that equal parameters have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
