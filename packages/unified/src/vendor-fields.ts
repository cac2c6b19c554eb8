import type { SideEffect } from "@gpu/core";
import { refusal, UnifiedGpuError } from "./errors.js";

/** Text that a vendor sends; null when it is empty, missing or no text. */
export function toText(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** A time that a vendor sends, as it stands; null when it is none, or the year 1 that some servers send for "unset". */
export function toTime(value: unknown): string | null {
  const text = toText(value);
  return text !== null && Date.parse(text) > 0 ? text : null;
}

/**
 * The id of an instance. Throws `vendor_contract` when there is none, as an instance without one must not look like no instance, and
 * for a number that JavaScript cannot hold exactly: rounded, it may be the id of another instance.
 */
export function requireId(provider: string, operation: string, id: unknown, sideEffect: SideEffect = "none"): string {
  const text = Number.isSafeInteger(id) ? String(id) : toText(id);
  if (text !== null) return text;
  const what = typeof id === "number" ? `whose id ${id} is no exact integer` : "without an id";
  const message = `${provider} ${operation}: the vendor's response has an instance ${what}`;
  throw new UnifiedGpuError({ code: "vendor_contract", vendor: provider, operation, message, sideEffect });
}

/** An object in a response to a read. Throws `vendor_contract` for anything else, such as null: what cannot be read must not look empty. */
export function requireObject<T>(provider: string, operation: string, value: T): T & object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw refusal(provider, operation, "vendor_contract", "the vendor's response is not an object");
}

/** A list in an answer to a read. Throws `vendor_contract` when it is none: what cannot be read must not look empty. */
export function requireList<T>(provider: string, operation: string, list: readonly T[] | null | undefined): readonly T[] {
  if (Array.isArray(list)) return list;
  throw refusal(provider, operation, "vendor_contract", "the vendor's answer has no list");
}
