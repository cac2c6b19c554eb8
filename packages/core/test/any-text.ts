import fc from "fast-check";

/** Any code points, including lone surrogates. `fc.string` with unit "binary" takes a second, because it enumerates all of them first. */
export function anyText({ minLength = 0 } = {}): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 0x10ffff }), { minLength }).map((points) => String.fromCodePoint(...points));
}
