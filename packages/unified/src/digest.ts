const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

/** The first characters, of a–z and 0–9, of a text's SHA-256. */
export async function digest(text: string, length: number): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  let rest = new Uint8Array(hash).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let result = "";
  while (result.length < length) {
    result += alphabet[Number(rest % 36n)];
    rest /= 36n;
  }
  return result;
}

/** JSON with sorted keys and without undefined values, so that equal parameters have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
