import { wordsOf } from "@gpu-scripts/openapi/schemas.ts";

/** A part of a path that says the version of an API, or that it is one. */
export const versionSegment = /^(?:v\d\w*|api|openapi|rest)$/i;

/** The words of a name with its last one in the singular: `ssh_keys` → ssh, key. */
export function singularWords(name: string): string[] {
  const words = splitWords(name);
  return words.map((word, index) => (index === words.length - 1 ? singular(word) : word));
}

/** The words of a name; those that vendors write as one are two. */
export function splitWords(name: string): string[] {
  return wordsOf(name).flatMap((word) => (/^sshkeys?$/.test(word) ? ["ssh", word.slice(3)] : [word]));
}

export function isPlural(name: string): boolean {
  const last = splitWords(name).at(-1) ?? "";
  return singular(last) !== last;
}

/** `["ssh", "key"]` → `SshKey`. */
export function pascal(words: readonly string[]): string {
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function singular(word: string): string {
  if (/(?:ss|is|tus|sus|xus|nus|rus)$/.test(word) || !word.endsWith("s") || word.length < 3) return word;
  if (/ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:ss|tus|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}
