import { Invalid, type Rule } from "./validation.js";

/** An invalid use of the simulator. The message names the argument and its allowed values. */
export class SimulatorError extends Error {
  override name = "SimulatorError";
  /** `does_not_apply`: the fault is valid, but can never affect this vendor or operation. */
  readonly code: "invalid_option" | "does_not_apply";

  constructor(message: string, code: SimulatorError["code"] = "invalid_option") {
    super(message);
    this.code = code;
  }
}

/** Throws unless `given` is an object of valid options. `where` begins the message. */
export function checkOptions(given: unknown, rules: Readonly<Record<string, Rule<unknown>>>, where: string): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new SimulatorError(`${where} takes an object, not ${shown(given)}`);
  }
  const names = Object.keys(rules);
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) {
      const known = names.length > 0 ? `it takes ${names.join(", ")}` : "it takes no options";
      throw new SimulatorError(`${where} does not know the option ${name}; ${known}`);
    }
    if (value === undefined) continue;
    try {
      rule(value, `${where}: ${name}`);
    } catch (error) {
      if (error instanceof Invalid) throw new SimulatorError(`${error.message}, not ${shown(value)}`);
      throw error;
    }
  }
}

/** Throws unless `value` is one of the names. */
export function checkName(value: unknown, names: readonly string[], where: string): void {
  if (names.some((name) => name === value)) return;
  throw new SimulatorError(`${where} must be one of ${names.join(", ")}, not ${shown(value)}`);
}

/** A number of milliseconds, at least `min`. With `endless`, Infinity is valid too. */
export function milliseconds({ min = 0, endless = false } = {}): Rule<number> {
  return (value, at) => {
    const isRight = typeof value === "number" && value >= min && (endless || value < Number.POSITIVE_INFINITY);
    if (isRight) return value;
    const from = min === Number.NEGATIVE_INFINITY ? "" : ` from ${min} on`;
    throw new Invalid(`${at} must be a ${endless ? "" : "finite "}number of milliseconds${from}`);
  };
}

/** Accepts anything: the value is checked where it is used. */
export const anything: Rule<unknown> = (value) => value;

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return String(value);
}
