/** Returns the validated value, or throws `Invalid`. `at` is the path of the value, for the message. */
export type Rule<T> = (value: unknown, at: string) => T;

/** The type of the values that a rule returns. */
export type Valid<R> = R extends Rule<infer T> ? T : never;

/** A validation error of one line. */
export class Invalid extends Error {
  override name = "Invalid";
}

/** A string of `min` to `max` characters. */
export function text(min = 0, max = Number.POSITIVE_INFINITY): Rule<string> {
  return (value, at) => {
    if (typeof value !== "string") throw new Invalid(`${at} must be a string`);
    if (value.length < min || value.length > max) throw new Invalid(`${at} must have ${min} to ${max} characters`);
    return value;
  };
}

/** An integer from `min` to `max`. */
export function integer(min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): Rule<number> {
  return (value, at) => {
    if (typeof value !== "number" || !Number.isInteger(value)) throw new Invalid(`${at} must be an integer`);
    if (value < min || value > max) throw new Invalid(`${at} must be from ${min} to ${max}`);
    return value;
  };
}

/** `true` or `false`. */
export const flag: Rule<boolean> = (value, at) => {
  if (typeof value !== "boolean") throw new Invalid(`${at} must be true or false`);
  return value;
};

/** One of these strings. */
export function oneOf<const T extends string>(...words: readonly T[]): Rule<T> {
  return (value, at) => {
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) throw new Invalid(`${at} must be one of ${words.join(", ")}`);
    return word;
  };
}

/** A list of at most `max` items. */
export function list<T>(item: Rule<T>, max = Number.POSITIVE_INFINITY): Rule<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new Invalid(`${at} must be a list`);
    if (value.length > max) throw new Invalid(`${at} must have at most ${max} items`);
    return value.map((one: unknown, index) => item(one, `${at}[${index}]`));
  };
}

/** May be absent. */
export function optional<T>(rule: Rule<T>): Rule<T | undefined> {
  return (value, at) => (value === undefined ? undefined : rule(value, at));
}

/** May be null. */
export function nullable<T>(rule: Rule<T>): Rule<T | null> {
  return (value, at) => (value === null ? null : rule(value, at));
}

/** An object with these fields. Other fields are ignored, as vendors do. */
export function object<Fields extends Record<string, Rule<unknown>>>(
  fields: Fields,
): Rule<{ [Name in keyof Fields]: Valid<Fields[Name]> }> {
  return (value, at) => {
    if (!isRecord(value)) throw new Invalid(`${at || "the body"} must be an object`);
    const read: Record<string, unknown> = {};
    for (const [name, rule] of Object.entries(fields)) {
      const where = at === "" ? name : `${at}.${name}`;
      try {
        read[name] = rule(value[name], where);
      } catch (error) {
        if (value[name] === undefined && error instanceof Invalid) throw new Invalid(`${where} is required`);
        throw error;
      }
    }
    // Each field was validated by its rule.
    return read as { [Name in keyof Fields]: Valid<Fields[Name]> };
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
