import { preflightError } from "./errors.js";

/** Throws `invalid_request` for the first argument that is wrong. Each rule is whether an argument is valid, and what it must be. */
export function requireArguments(operation: string, rules: readonly (readonly [isRight: boolean, rule: string])[]): void {
  const broken = rules.find(([isRight]) => !isRight);
  if (broken) throw preflightError("gpu", operation, "invalid_request", broken[1]);
}

/** Whether a value is absent or passes a test. */
export function isOptional(value: unknown, test: (value: unknown) => boolean): boolean {
  return value === undefined || test(value);
}

export function isPositive(value: unknown): boolean {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}

export function isCount(value: unknown): boolean {
  return Number.isInteger(value) && isPositive(value);
}

export function isFilled(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}
