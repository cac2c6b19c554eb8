import { markLength } from "../mark.js";
import type { FoundInstance } from "../provider.js";
import { parseSshPublicKey } from "../ssh-key.js";
import { toText } from "../vendor-fields.js";

const markInComment = new RegExp(`(?:^|\\s)gpu-mark=([a-z0-9]{${markLength}})$`);

/** The key with the mark at the end of its comment, in place of one that an earlier create may have left there; undefined when it is no key. */
export function markedPublicKey(line: string, mark: string): string | undefined {
  const key = parseSshPublicKey(line);
  return key && [key.type, key.blob, key.comment.replace(markInComment, ""), `gpu-mark=${mark}`].filter(Boolean).join(" ");
}

/** The mark in an instance's keys. Keys without any comment cannot tell: the vendor may have dropped it. */
export function markInKeys(keys: unknown): FoundInstance["mark"] {
  const lines: readonly unknown[] = Array.isArray(keys) ? keys : [];
  const comments = lines.flatMap((line) => parseSshPublicKey(toText(line) ?? "")?.comment || []);
  const marks = comments.flatMap((comment) => markInComment.exec(comment)?.[1] ?? []);
  return marks[0] ?? (comments.length > 0 ? undefined : "unknown");
}
