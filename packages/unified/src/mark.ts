import { canonicalJson, digest } from "./digest.js";

const ownerLength = 4;
const keyLength = 12;
const parametersLength = 8;
/** Characters of a mark. */
export const markLength = ownerLength + keyLength + parametersLength;

/** What a create leaves on its instance, to be recognised by: digests of owner, key and parameters. */
export interface Mark {
  readonly text: string;
  readonly owner: string;
  readonly key: string;
  readonly parameters: string;
}

/** The digest by which an owner's instances are told from others'. */
export function ownerDigest(owner: string): Promise<string> {
  return digest(`owner:${owner}`, ownerLength);
}

export async function makeMark(owner: string, idempotencyKey: string, parameters: unknown): Promise<Mark> {
  const [ownerPart, keyPart, parametersPart] = await Promise.all([
    ownerDigest(owner),
    digest(`key:${idempotencyKey}`, keyLength),
    // With the key, which only the caller knows: the digest stands in a name, and must not let anyone test guesses at a secret in them.
    digest(`parameters:${idempotencyKey}:${canonicalJson(parameters)}`, parametersLength),
  ]);
  return readMark(ownerPart + keyPart + parametersPart);
}

/** Takes a mark apart. */
export function readMark(text: string): Mark {
  const keyEnd = ownerLength + keyLength;
  return { text, owner: text.slice(0, ownerLength), key: text.slice(ownerLength, keyEnd), parameters: text.slice(keyEnd) };
}

const nameSuffix = new RegExp(`^(.*)-g([a-z0-9]{${markLength}})$`, "s");

/** A name that ends in the mark, cut where the vendor allows no more. */
export function markedName(name: string | undefined, mark: string, longest: number): string {
  return `${(name ?? "gpu").slice(0, longest - markLength - 2)}-g${mark}`;
}

/** The name as the caller gave it, and the mark that was put behind it. */
export function splitMarkedName(marked: string): { name: string; mark: string | undefined } {
  const found = nameSuffix.exec(marked);
  return found ? { name: found[1] ?? "", mark: found[2] } : { name: marked, mark: undefined };
}
