import type { GpuContext } from "./context.js";

/** A new key: a UUIDv7, which contains the time when it was made. */
export function newIdempotencyKey(now: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = Math.floor(now);
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
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
