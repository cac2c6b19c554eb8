import { canonicalJson, digest } from "./digest.js";

const ownerLength = 8;
const keyLength = 12;
const parametersLength = 8;
const expiryLength = 5;
/** Owner, key and parameters: what makes two creates the same. */
const comparedLength = ownerLength + keyLength + parametersLength;
const checkedLength = comparedLength + expiryLength;
/** Characters of a mark. */
const markLength = checkedLength + 2;

export const minuteMs = 60_000;
/** The last instant that a mark can hold, in milliseconds since the epoch: in the year 2084. */
export const latestExpiry = (36 ** expiryLength - 1) * minuteMs;
const form = new RegExp(`^[0-9a-z]{${markLength}}$`);

/** The mark that identifies the instance of a create: digests of owner, key and parameters, and the expiry. */
export interface Mark {
  readonly text: string;
  readonly owner: string;
  readonly key: string;
  readonly parameters: string;
  /** Whole minutes, in milliseconds since the epoch; null without an expiry. */
  readonly expiresAt: number | null;
}

/** The digest that identifies an owner's instances. */
export function ownerDigest(owner: string): Promise<string> {
  return digest(`owner:${owner}`, ownerLength);
}

/** `expiresAt` in milliseconds since the epoch, rounded up to minutes; null for none. */
export async function makeMark(
  owner: string,
  idempotencyKey: string,
  parameters: unknown,
  expiresAt: number | null = null,
): Promise<Mark> {
  const [ownerPart, keyPart, parametersPart] = await Promise.all([
    ownerDigest(owner),
    digest(`key:${idempotencyKey}`, keyLength),
    // The digest is visible in a name. It includes the key, which only the caller knows, so that nobody can test guesses of secret parameters.
    digest(`parameters:${idempotencyKey}:${canonicalJson(parameters)}`, parametersLength),
  ]);
  return withExpiry({ owner: ownerPart, key: keyPart, parameters: parametersPart }, expiresAt);
}

/** Parses a mark; undefined if the text is not one. */
export function readMark(text = ""): Mark | undefined {
  return form.test(text) && checkOf(text.slice(0, checkedLength)) === text.slice(checkedLength) ? split(text) : undefined;
}

/** The same mark with another expiry, in milliseconds since the epoch, rounded up to minutes. */
export function withExpiry(
  { owner, key, parameters }: Pick<Mark, "owner" | "key" | "parameters">,
  expiresAt: number | null,
): Mark {
  const expiry = Math.ceil((expiresAt ?? 0) / minuteMs);
  const checked = owner + key + parameters + expiry.toString(36).padStart(expiryLength, "0");
  return split(checked + checkOf(checked));
}

/** Whether two marks are of the same create. The expiry of an instance may have changed. */
export function isSameCreate(mark: string | undefined, other: string): boolean {
  return startAlike(mark, other, comparedLength);
}

/** Whether two marks are of creates under the same key of the same owner. */
export function isSameKey(mark: string | undefined, other: string): boolean {
  return startAlike(mark, other, ownerLength + keyLength);
}

function startAlike(mark: string | undefined, other: string, length: number): boolean {
  return mark?.length === markLength && mark.startsWith(other.slice(0, length));
}

function split(text: string): Mark {
  const keyEnd = ownerLength + keyLength;
  const minutes = Number.parseInt(text.slice(comparedLength, checkedLength), 36);
  return {
    text,
    owner: text.slice(0, ownerLength),
    key: text.slice(ownerLength, keyEnd),
    parameters: text.slice(keyEnd, comparedLength),
    expiresAt: minutes === 0 ? null : minutes * minuteMs,
  };
}

/** Two check characters: one of 1,291 other texts in the form of a mark passes. */
function checkOf(text: string): string {
  let sum = 1;
  for (let index = 0; index < text.length; index += 1) sum = (sum * 37 + text.charCodeAt(index)) % 1_291;
  return sum.toString(36).padStart(2, "0");
}

const nameSuffix = new RegExp(`^(.*)-h([0-9a-z]{${markLength}})$`, "s");

/** A name that ends in the mark, cut where the vendor allows no more, and never inside a character. */
export function markedName(name: string | undefined, mark: string, longest: number): string {
  const cut = (name ?? "gpu").slice(0, longest - markLength - 2).replace(/[\ud800-\udbff]$/, "");
  return `${cut}-h${mark}`;
}

/** The caller's name, and the mark after it. Without a name, the vendor does not show the mark (yet). */
export function splitMarkedName(marked: string | null): { name: string | null; mark: string | undefined } {
  if (marked === null) return { name: null, mark: "unknown" };
  const [, name, mark] = nameSuffix.exec(marked) ?? [];
  return name !== undefined && readMark(mark) ? { name, mark } : { name: marked, mark: undefined };
}

/** A mark as a tag or a word of a comment. */
export function markTag(mark: string): string {
  return `gpu-mark=${mark}`;
}

/** The mark in the text of a `markTag`; undefined if the text has another form. */
export function markInTag(tag: string): string | undefined {
  return readMark(/^gpu-mark=(\w+)$/.exec(tag)?.[1])?.text;
}
