/** Pseudo-random values from a seed. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** Whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** Lower-case hexadecimal digits. */
  hex(length: number): string;
  /** Lower-case letters and digits. */
  letters(length: number): string;
  bytes(length: number): Uint8Array;
  /** In the form of RFC 9562, version 4. */
  uuid(): string;
  /** From 198.18.0.0/15, which RFC 2544 reserves for tests. */
  ipv4(): string;
}

/** Creates a generator (sfc32). The same seed gives the same sequence in every runtime. */
export function createRandom(seed: string): Random {
  let [a, b, c, d] = hash(seed);
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const string = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet.charAt(integer(0, alphabet.length - 1))).join("");
  const hex = (length: number) => string("0123456789abcdef", length);
  // The first values of sfc32 still resemble the seed.
  for (let skipped = 0; skipped < 12; skipped += 1) next();
  return {
    next,
    integer,
    pick: (from) => from[integer(0, from.length - 1)] ?? from[0],
    hex,
    letters: (length) => string("abcdefghijklmnopqrstuvwxyz0123456789", length),
    bytes: (length) => Uint8Array.from({ length }, () => integer(0, 255)),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${string("89ab", 1)}${hex(3)}-${hex(12)}`,
    ipv4: () => `198.${integer(18, 19)}.${integer(0, 255)}.${integer(1, 254)}`,
  };
}

/** Four 32-bit words of state from a string (cyrb128). */
function hash(text: string): [number, number, number, number] {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    a = b ^ Math.imul(a ^ code, 597399067);
    b = c ^ Math.imul(b ^ code, 2869860233);
    c = d ^ Math.imul(c ^ code, 951274213);
    d = a ^ Math.imul(d ^ code, 2716044179);
  }
  return [a ^ b ^ c ^ d, b ^ a, c ^ a, d ^ a];
}
