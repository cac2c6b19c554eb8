import { expect, it } from "vitest";
import type { ConnectedProvider, FoundInstance } from "../src/provider.js";
import { possibleIn } from "../src/unmarked.js";

const dayMs = 24 * 3_600_000;
const sentAt = "2026-11-29T12:00:00.000Z";

it.each([
  [0, true],
  [dayMs, true],
  [dayMs + 1, false],
])("an unmarked instance that is %i ms older than the create may be its instance: %s", (olderByMs, isPossible) => {
  const createdAt = new Date(Date.parse(sentAt) - olderByMs).toISOString();
  const found = { mark: "unknown", instance: { id: "a", createdAt } } as FoundInstance;
  const listed = possibleIn([found], { guarantee: "name" } as ConnectedProvider, { idempotencyKey: "job-1", sentAt });
  expect(listed).toEqual(isPossible ? [found] : []);
});
