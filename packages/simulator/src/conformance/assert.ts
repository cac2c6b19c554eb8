/** What a provider did is not what it must do. */
export class ConformanceError extends Error {
  override name = "ConformanceError";
}

/** Throws what is wrong unless it is true. */
export function assert(isTrue: boolean, problem: string): asserts isTrue {
  if (!isTrue) throw new ConformanceError(problem);
}

/** Throws unless both have the same JSON. */
export function assertSame(actual: unknown, expected: unknown, what: string): void {
  const [shown, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  assert(shown === wanted, `${what}: expected ${wanted}, got ${shown}`);
}
