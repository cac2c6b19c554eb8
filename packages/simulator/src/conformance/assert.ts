/** A provider does not behave as required. */
export class ConformanceError extends Error {
  override name = "ConformanceError";
}

/** Throws a `ConformanceError` with the message `problem` unless the condition is true. */
export function assert(isTrue: boolean, problem: string): asserts isTrue {
  if (!isTrue) throw new ConformanceError(problem);
}

/** Throws unless both values have the same JSON. */
export function assertSame(actual: unknown, expected: unknown, what: string): void {
  const [actualJson, expectedJson] = [JSON.stringify(actual), JSON.stringify(expected)];
  assert(actualJson === expectedJson, `${what}: expected ${expectedJson}, got ${actualJson}`);
}
