import type { SideEffect } from "@gpu/core";
import { preflightError, unifiedError } from "./errors.js";
import type { InstanceStatus } from "./instance.js";
import { isoOf } from "./time.js";

/** A finite number, from a number or decimal text; null for anything else. */
export function toNumber(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || !/^\s*-?(?:\d+\.?\d*|\.\d+)\s*$/.test(value)) return null;
  return Number(value);
}

/** A price in US dollars from a count of smaller units; null unless it is a positive number. */
export function toUsd(value: unknown, unitsPerDollar: number): number | null {
  const units = toNumber(value);
  // Dividing last keeps 35000/100000 at 0.35.
  return units === null || units <= 0 ? null : units / unitsPerDollar;
}

/** A price in US dollars from whole US cents. Null for anything but a whole number: it could be in another unit. */
export function usdOfCents(price: unknown): number | null {
  return Number.isInteger(price) ? toUsd(price, 100) : null;
}

/** Rounds to nine decimals, which removes the error of binary fractions. */
export function roundUsd(usd: number): number {
  return Number(usd.toFixed(9));
}

/** An amount in US dollars from a count of smaller units. It may be 0 or negative. Throws `vendor_contract` for anything but a number. */
export function requireBalance(provider: string, value: unknown, unitsPerDollar: number): number {
  const units = toNumber(value);
  if (units !== null) return units / unitsPerDollar;
  throw preflightError(provider, "balances", "vendor_contract", "the vendor's response has no balance");
}

/** A size or count above zero; null for anything else. */
export function toSize(value: unknown): number | null {
  const size = toNumber(value);
  return size !== null && size > 0 ? size : null;
}

/** Text that is not blank; null for anything else. */
export function toText(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** A time as the vendor writes it. Null for anything else, and for the year 1, which some servers send for "unset". */
export function toTime(value: unknown): string | null {
  const text = toText(value);
  return text !== null && Date.parse(text) > 0 ? text : null;
}

/** Converts Unix seconds, a number or text, to ISO 8601. 0 and less mean that there is no time. */
export function toTimeOfUnix(value: unknown): string | null {
  const seconds = toSize(value);
  // The longest time that a Date holds.
  return seconds === null || seconds > 8.64e12 ? null : isoOf(seconds * 1000);
}

/** The common status for a vendor's status, in any case. `unknown` for a status that the vendor's document does not list. */
export function statusOf(statuses: Readonly<Record<string, InstanceStatus>>, raw: string | null | undefined): InstanceStatus {
  if (!raw) return "unknown";
  if (Object.hasOwn(statuses, raw)) return statuses[raw] ?? "unknown";
  const other = Object.keys(statuses).find((status) => status.toLowerCase() === raw.toLowerCase());
  return other === undefined ? "unknown" : (statuses[other] ?? "unknown");
}

/** The objects in a list. Other entries are ignored, so that one bad entry does not hide the rest. */
export function objectsIn<T>(list: readonly T[] | null | undefined): (T & object)[] {
  return Array.isArray(list) ? list.filter((entry): entry is T & object => typeof entry === "object" && entry !== null) : [];
}

/**
 * The id of an instance. Throws `vendor_contract` when there is none, and for a number that JavaScript cannot hold exactly: rounded,
 * it may be the id of another instance.
 */
export function requireId(provider: string, operation: string, id: unknown, sideEffect: SideEffect = "none"): string {
  const text = Number.isSafeInteger(id) ? String(id) : toText(id);
  if (text !== null) return text;
  const what = typeof id === "number" ? `whose id ${id} is not an exact integer` : "without an id";
  throw unifiedError(provider, operation, "vendor_contract", `the vendor's response has an instance ${what}`, sideEffect);
}

/** The object in a response to a read. Throws `vendor_contract` for anything else: an unreadable response is not an empty one. */
export function requireObject<T>(provider: string, operation: string, value: T): T & object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw preflightError(provider, operation, "vendor_contract", "the vendor's response is not an object");
}

/** The list in a response to a read. Throws `vendor_contract` for anything else: an unreadable response is not an empty one. */
export function requireList<T>(provider: string, operation: string, list: readonly T[] | null | undefined): readonly T[] {
  if (Array.isArray(list)) return list;
  throw preflightError(provider, operation, "vendor_contract", "the vendor's response has no list");
}
