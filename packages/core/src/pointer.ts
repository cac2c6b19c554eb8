/** The value at a JSON pointer (RFC 6901), or undefined. */
export function readPointer(value: unknown, pointer: string): unknown {
  let node = value;
  for (const step of pointer.split("/").slice(1)) {
    if (typeof node !== "object" || node === null) return undefined;
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    node = Object.hasOwn(node, key) ? (node as Record<string, unknown>)[key] : undefined;
  }
  return node;
}
