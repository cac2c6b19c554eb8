import fc from "fast-check";

/** Any code points, lone surrogates included. The unit "binary" of `fc.string` first lists all of them, which takes a second. */
export function anyText({ minLength = 0 } = {}): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 0x10ffff }), { minLength }).map((points) => String.fromCodePoint(...points));
}
