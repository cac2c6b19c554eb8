import type { KnownGpuErrorCode } from "@gpu/core";
import { preflightError } from "./errors.js";

/** Whether an argument is valid, and what it must be. */
export type Rule = readonly [isValid: (value: unknown) => boolean, mustBe: string];

/** A rule for each field of an argument. A field that is an object may have rules of its own. */
export type Rules<T> = { readonly [Name in keyof T]-?: Rule | Rules<never> | { readonly [name: string]: Rule } };
type AnyRules = Readonly<Record<string, Rule | { readonly [name: string]: Rule }>>;

/**
 * Throws for an argument that is not an object, for a field that has no rule, and for a value that breaks its rule. Undefined counts as
 * absent, except in required fields.
 */
export function checkFields(
  operation: string,
  given: unknown,
  rules: AnyRules,
  required: readonly string[] = [],
  code: KnownGpuErrorCode = "invalid_request",
  path = "",
): void {
  const fail = (reason: string) => preflightError("gpu", operation, code, reason);
  const names = Object.keys(rules).join(", ");
  if (!isObject(given)) throw fail(`${path ? `${path} must be` : `${operation} takes`} an object with ${names}`);
  for (const name of new Set([...required, ...Object.keys(given)])) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const value = (given as Record<string, unknown>)[name];
    if (!rule) throw fail(`${path || operation} has no option "${name}"; it takes ${names}`);
    if (value === undefined && !required.includes(name)) continue;
    if (!Array.isArray(rule)) checkFields(operation, value, rule as AnyRules, [], code, name);
    else if (!rule[0](value)) throw fail(`${path && `${path}.`}${name} must be ${rule[1]}`);
  }
}

/** Whether a value is absent or passes a test. */
export function isOptional(value: unknown, test: (value: unknown) => boolean): boolean {
  return value === undefined || test(value);
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is an object with these functions. */
export function hasFunctions(value: unknown, ...names: string[]): value is object {
  return isObject(value) && names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

export function isPositive(value: unknown): boolean {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}

export function isCount(value: unknown): boolean {
  return Number.isInteger(value) && isPositive(value);
}

export function isText(value: unknown): boolean {
  return typeof value === "string";
}

export function isFilled(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

/** A wait with a string, `NaN` or `Infinity` would never end. */
export function isMs(value: unknown): boolean {
  return value === 0 || isPositive(value);
}

/** Whether all values of an object pass a test. */
export function isMap(value: unknown, test: (value: unknown) => boolean): boolean {
  return isObject(value) && Object.values(value).every(test);
}

export const ms: Rule = [isMs, "a finite number of milliseconds, 0 or more"];
/** Of a time that must not be 0. */
export const duration: Rule = [isPositive, "a positive number of milliseconds"];
export const count: Rule = [isCount, "a whole number, at least 1"];
export const callback: Rule = [(value) => typeof value === "function", "a function"];
export const text: Rule = [isText, "text"];
export const providerIds: Rule = [
  (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  "a list of provider ids, not empty",
];
export const usdPerHour: Rule = [isPositive, "a positive number of US dollars"];
export const signalRules = {
  signal: [(value) => hasFunctions(value, "addEventListener") && "aborted" in value, "an AbortSignal"],
} satisfies Record<string, Rule>;
/** Options of a read of several providers. */
export const askRules = { deadlineMs: duration, ...signalRules } satisfies Record<string, Rule>;

/** The signal of a call that has no other option. */
export function signalOf(
  operation: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AbortSignal | undefined {
  checkFields(operation, options, signalRules);
  return options.signal;
}
