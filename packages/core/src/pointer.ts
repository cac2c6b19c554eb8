/** Parsed pointers: a contract has a few, which are read on every call. */
const parsed = new Map<string, readonly string[]>();

/** The value at a JSON pointer (RFC 6901), or undefined. */
export function readPointer(value: unknown, pointer: string): unknown {
  let names = parsed.get(pointer);
  if (!names) {
    const [, ...steps] = pointer.split("/");
    names = steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    parsed.set(pointer, names);
  }
  let node = value;
  for (const name of names) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return undefined;
    node = (node as Record<string, unknown>)[name];
  }
  return node;
}
