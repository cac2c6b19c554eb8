import type { InstanceStatus } from "./instance.js";

/** The common status of a vendor's word, in any case; `unknown` for a word that the vendor's document does not have. */
export function statusOf(statuses: Readonly<Record<string, InstanceStatus>>, raw: string | null | undefined): InstanceStatus {
  if (!raw) return "unknown";
  if (Object.hasOwn(statuses, raw)) return statuses[raw] ?? "unknown";
  const other = Object.keys(statuses).find((status) => status.toLowerCase() === raw.toLowerCase());
  return other === undefined ? "unknown" : (statuses[other] ?? "unknown");
}
