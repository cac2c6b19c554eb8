import { splitWords } from "@gpu-scripts/openapi/normalize/type-names.ts";

/** The words of a name with its last one in the singular: `ssh_keys` → ssh, key. */
export function singularWords(name: string): string[] {
  const words = splitWords(name);
  return words.map((word, index) => (index === words.length - 1 ? singular(word) : word));
}

export function isPlural(name: string): boolean {
  const last = splitWords(name).at(-1) ?? "";
  return singular(last) !== last;
}

/** Words that end like a plural, but are not one. */
const singulars = new Set([
  "analytics",
  "aws",
  "dns",
  "gps",
  "https",
  "kubernetes",
  "news",
  "os",
  "postgres",
  "rds",
  "redis",
  "series",
  "sms",
  "tls",
  "windows",
]);

const irregular: Readonly<Record<string, string>> = { aliases: "alias", caches: "cache", indices: "index", vpses: "vps" };

function singular(word: string): string {
  if (singulars.has(word)) return word;
  const known = irregular[word];
  if (known !== undefined) return known;
  if (/(?:ss|is|tus|sus|xus|nus|rus)$/.test(word) || !word.endsWith("s") || word.length < 3) return word;
  if (/ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:ss|tus|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}
