import type { GpuContext } from "./context.js";

/** A new key: a UUIDv7, which contains the time when it was made. */
export function newIdempotencyKey(now: number): string {
  const time = Math.floor(now).toString(16).padStart(12, "0");
  // A random UUID has the same form from its variant on, and 12 random bits before it.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** When a UUIDv7 was made, in milliseconds since the epoch; undefined for any other text. */
export function timeOfKey(key: string): number | undefined {
  const found = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.exec(key);
  return found ? Number.parseInt(`${found[1]}${found[2]}`, 16) : undefined;
}

/** The age of a key in milliseconds, measured by this `Gpu` if it made the key. */
export function ageOfKey({ time, creates, unusedKeys }: GpuContext, key: string): number {
  const madeAt = creates.get(key)?.keyMadeAt ?? unusedKeys.get(key);
  const age = madeAt === undefined ? 0 : time.now() - madeAt;
  if (madeAt !== undefined && time.isSteady) return age;
  // Clocks may jump, so the greater age counts: a key that seems too old is only refused.
  const now = time.instant();
  return Math.max(now - (timeOfKey(key) ?? now), age);
}
