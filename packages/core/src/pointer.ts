/** The value at a JSON pointer (RFC 6901), or undefined. */
export function readPointer(value: unknown, pointer: string): unknown {
  let node = value;
  for (const step of pointer.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return undefined;
    node = (node as Record<string, unknown>)[name];
  }
  return node;
}
