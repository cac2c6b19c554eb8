// Types of a report together with their readers: another job reads the report as untrusted input.
import { isObject, type JsonObject } from "../openapi/json.ts";
import { UserError } from "../openapi/user-error.ts";

/** Returns a value of a report that has the type; throws `UserError` with its place otherwise. */
export type Reader<T> = (value: unknown, place: string) => T;

/** What a reader returns. */
export type Read<R> = R extends Reader<infer T> ? T : never;

type Fields = Readonly<Record<string, Reader<unknown>>>;
type ReadFields<F> = { [Name in keyof F]: Read<F[Name]> };
type NoFields = Readonly<Record<never, Reader<unknown>>>;

export const string: Reader<string> = (value, place) => {
  if (typeof value !== "string") throw unreadable(place);
  return value;
};

export const number: Reader<number> = (value, place) => {
  if (typeof value !== "number") throw unreadable(place);
  return value;
};

/** A list of strings that is valid or invalid as a whole. */
export const strings: Reader<string[]> = (value, place) => {
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) throw unreadable(place);
  return value;
};

export const stringOrNull: Reader<string | null> = (value, place) => (value === null ? null : string(value, place));

export function oneOf<const T extends string>(...known: readonly T[]): Reader<T> {
  return (value, place) => {
    const found = known.find((one) => one === value);
    if (found === undefined) throw unreadable(place);
    return found;
  };
}

export function listOf<T>(read: Reader<T>): Reader<T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw unreadable(place);
    return value.map((item, index) => read(item, `${place}[${index}]`));
  };
}

/** An object with these fields, and with optional ones; other fields are left out. */
export function object<F extends Fields, O extends Fields = NoFields>(
  fields: F,
  optional?: O,
): Reader<ReadFields<F> & Partial<ReadFields<O>>> {
  return (value, place) => {
    const given = objectIn(value, place);
    const present = Object.entries(optional ?? {}).filter(([name]) => given[name] !== undefined);
    const read = { ...readFields(fields, given, place), ...readFields(Object.fromEntries(present), given, place) };
    return read as ReadFields<F> & Partial<ReadFields<O>>;
  };
}

type OneOfKinds<Key extends string, Kinds> = {
  [Kind in keyof Kinds & string]: { [K in Key]: Kind } & ReadFields<Kinds[Kind]>;
}[keyof Kinds & string];

/** An object with the fields of its kind, which one of its fields names. */
export function kinds<Key extends string, Kinds extends Readonly<Record<string, Fields>>>(
  key: Key,
  fieldsByKind: Kinds,
): Reader<OneOfKinds<Key, Kinds>> {
  return (value, place) => {
    const given = objectIn(value, place);
    const kind = oneOf(...Object.keys(fieldsByKind))(given[key], `${place}.${key}`);
    return { [key]: kind, ...readFields(fieldsByKind[kind] ?? {}, given, place) } as OneOfKinds<Key, Kinds>;
  };
}

/** An object that both readers read. */
export function both<A extends object, B extends object>(one: Reader<A>, other: Reader<B>): Reader<A & B> {
  return (value, place) => ({ ...one(value, place), ...other(value, place) });
}

function readFields(fields: Fields, given: JsonObject, place: string): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, read]) => [
    name,
    read(given[name], place === "" ? name : `${place}.${name}`),
  ]);
  return Object.fromEntries(entries);
}

function objectIn(value: unknown, place: string): JsonObject {
  if (!isObject(value)) throw unreadable(place);
  return value;
}

function unreadable(place: string): UserError {
  return new UserError(`the report has no valid \`${place}\``);
}
