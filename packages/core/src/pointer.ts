/** The steps of the pointers that were read: those of the vendors' documents, which are few. */
const known = new Map<string, readonly string[]>();

/** The value at a JSON pointer (RFC 6901), or undefined. */
export function readPointer(value: unknown, pointer: string): unknown {
  let steps = known.get(pointer);
  if (!steps) {
    steps = pointer
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    known.set(pointer, steps);
  }
  let node = value;
  for (const step of steps) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, step)) return undefined;
    node = (node as Record<string, unknown>)[step];
  }
  return node;
}
