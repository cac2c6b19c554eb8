import { markInTag, markTag } from "../mark.js";
import type { FoundInstance } from "../provider.js";
import { parseSshPublicKey, requireSshPublicKey } from "../ssh-key.js";
import { toText } from "../vendor-values.js";

/** The key with the mark at the end of its comment, instead of the mark of an earlier create. */
export function markedPublicKey(line: string | undefined, mark: string): string {
  const key = requireSshPublicKey("thunder-compute", line);
  const words = key.comment.split(" ");
  if (markInTag(words.at(-1) ?? "") !== undefined) words.pop();
  return [key.type, key.blob, ...words, markTag(mark)].filter(Boolean).join(" ");
}

/** The mark in an instance's keys. Without any comment the mark is `unknown`: the vendor may have dropped it. */
export function markInKeys(keys: unknown): FoundInstance["mark"] {
  const lines: readonly unknown[] = Array.isArray(keys) ? keys : [];
  const comments = lines.flatMap((line) => parseSshPublicKey(toText(line) ?? "")?.comment || []);
  const marks = comments.flatMap((comment) => markInTag(comment.split(" ").at(-1) ?? "") ?? []);
  return marks[0] ?? (comments.length > 0 ? undefined : "unknown");
}
