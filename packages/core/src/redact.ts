import { decodeUtf8 } from "./utf8.js";

const redacted = "[redacted]";
/** Shorter secrets may occur in ordinary text, so they are redacted only by the name of their field. */
const shortestSecret = 8;
const shortestLine = 20;
/** Limits of one text, and of all texts, fields and items of a body. */
const longestText = 4_000;
const longestBody = 20_000;
/** Text after a cut is searched too, to find a secret that starts before the cut. */
const margin = 800;
/** Keys, tokens and passwords are found by any 16 of their characters. */
const shortestPart = 16;
/** Scripts and environment values are found whole; longer ones in blocks of this length, because a cut may have shortened them. */
const blockLength = 100;
/** Pieces are indexed by their first characters: by 40 if they are long enough, because lines of a script may start alike. */
const firstLengths = [40, 4];
/** Deeper values are neither searched nor shown. */
const deepest = 40;
const secretHeader = /^(?!idempotency-key$).*(auth|cookie|key|token|secret|password|session|signature)/i;
/** A private key, whose end may be missing. */
const pemBlock = /-----BEGIN[^-]+-----[\s\S]*?(-----END[^-]+-----|$)/g;
/** Fields of environment values and scripts, whose parts are ordinary text such as `/usr/local/bin`. */
const ordinaryField = /^value$|env|(?<!sub)script|command|entrypoint|args|user_?data|onstart/i;

/** Removes secrets from errors and hook events. Its time is linear in the text and the secrets. */
export interface Redactor {
  /** Adds the values of secret fields in parsed JSON. */
  rememberFields(value: unknown): void;
  /** The redacted text, cut to `limit` characters before it is searched. Ends in `ending` if it was cut. */
  text(text: string, limit?: number, ending?: string): string;
  /** A redacted copy of parsed JSON, in which its own secret fields are redacted too. */
  body(value: unknown): unknown;
  headers(headers: Iterable<readonly [name: string, value: string]>): Record<string, string>;
  /** A redacted copy of a thrown value. */
  cause(cause: unknown): unknown;
}

/** Secrets prepared for search. A client keeps one for its keys, because every failed call needs them. */
export class SecretIndex {
  /** The secrets as given. */
  readonly known = new Set<string>();
  /** Pieces of secrets in canonical form, by the length of their index and by the indexed characters. */
  readonly pieces = new Map<number, Map<string, Set<string>>>();
  /** Finds values of secret fields in text. */
  fieldInText?: RegExp;
}

/**
 * Redacts the keys, the values of secret headers, and the values of `secretFields` in parsed bodies.
 * `shared` caches what was prepared of keys and field names for later redactors with the same `secretFields`.
 */
export function createRedactor(
  secretFields: readonly string[],
  keys: Iterable<string>,
  requestHeaders: Readonly<Record<string, string>> = {},
  bodies: Iterable<unknown> = [],
  shared: SecretIndex = new SecretIndex(),
): Redactor {
  const own = new SecretIndex();
  const fields = secretFields.map((name) => name.toLowerCase());
  shared.fieldInText ??= fieldPattern(fields);
  const { fieldInText } = shared;
  /** The remaining budget of a copy. */
  let left = 0;

  const isSecret = (name: string) => fields.includes(name.toLowerCase());

  const remember = (secret: string, isOrdinary = false, index = own) => {
    const text = secret.trim();
    const id = isOrdinary + text;
    // Keep field names, by which other values are found.
    if (text.length < shortestSecret || shared.known.has(id) || own.known.has(id) || isSecret(text)) return;
    index.known.add(id);
    const lines = text.split(/[\r\n]+/).map((line) => line.trim());
    const isWhole = isOrdinary || lines.length > 1;
    // Texts are not searched beyond this length.
    const longest = longestText + margin;
    const ends = secret.length > longest ? secret.slice(0, longest) + secret.slice(-longest) : secret;
    const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(ends))).replace(/=+$/, "");
    for (const form of [ends.trim(), base64, base64.replaceAll("+", "-").replaceAll("/", "_")]) addPieces(index, form, isWhole);
    if (lines.length > 1) for (const line of lines) if (line.length >= shortestLine) addPieces(index, line, true);
    // A key may be `id:secret`, registry credentials `user:password`.
    if (!isWhole) for (const part of text.split(":")) remember(part, false, index);
    if (!/^[a-z\d+/\s]{16,}=*$/i.test(text)) return;
    try {
      // A script may be sent in Base64 and quoted decoded.
      remember(decodeUtf8(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0))), isOrdinary, index);
    } catch {
      // Not Base64 of text.
    }
  };

  const rememberFields = (value: unknown, field = "", depth = 0) => {
    if (typeof value === "object" && value !== null && depth <= deepest) {
      for (const [name, item] of Object.entries(value)) rememberFields(item, isSecret(name) ? name : field, depth + 1);
    } else if (field) {
      remember(String(value), ordinaryField.test(field));
    }
  };

  const redactText = (text: string, limit = longestText, ending = "") => {
    const units = unitsOf(text.slice(0, limit + margin));
    /** The unit of each canonical character. */
    const owners: number[] = [];
    let canonical = "";
    units.forEach((unit, index) => {
      canonical += canonicalOf(unit);
      while (owners.length < canonical.length) owners.push(index);
    });
    const hidden = units.map(() => false);
    const hide = (at: number, next: number) => {
      // Include a backslash before the secret, exclude a unit that only partly matched.
      const [before = -1, last = 0, after = units.length] = [owners[at - 1], owners[next - 1], owners[next]];
      hidden.fill(true, before + 1, Math.min(last + 1, after));
    };
    for (const [length, byFirst] of [...shared.pieces, ...own.pieces]) {
      for (let at = 0; at < canonical.length; at += 1)
        for (const piece of byFirst.get(canonical.slice(at, at + length)) ?? [])
          if (canonical.startsWith(piece, at)) hide(at, at + piece.length);
    }
    let end = 0;
    let result = "";
    for (const [index, unit] of units.entries()) {
      end += unit.length;
      if (end <= limit && !(hidden[index] && hidden[index - 1])) result += hidden[index] ? redacted : unit;
    }
    const shown = result.replace(pemBlock, redacted).replace(fieldInText, `$1"${redacted}"`);
    return text.length > limit ? shown + ending : shown;
  };

  const take = (wanted: number) => {
    const taken = Math.min(wanted, left);
    left -= taken;
    return taken;
  };

  const copy = (value: unknown, depth = 0): unknown => {
    const next = (item: unknown) => copy(item, depth + 1);
    if (typeof value === "string") return redactText(value, Math.min(longestText, take(value.length)), "…");
    if (typeof value === "number") return redactText(String(value)) === String(value) ? value : redacted;
    if (typeof value !== "object" || value === null) return value;
    if (depth > deepest) return redacted;
    if (Array.isArray(value)) return value.slice(0, take(value.length)).map(next);
    // Errors, also of another realm, have `message` on their prototype.
    const isError = "message" in (Object.getPrototypeOf(value) ?? {});
    const given = value as Readonly<Record<string, unknown>>;
    const entries = isError
      ? ["name", "stack", "code", "errors", "cause"]
          .map((name) => [name, given[name]] as const)
          .filter(([, item]) => item !== undefined)
      : Object.entries(given);
    const copies = Object.fromEntries(
      entries
        .slice(0, take(entries.length))
        .map(([name, item]) => [redactText(name), isSecret(name) && item !== null ? redacted : next(item)]),
    );
    return isError ? Object.assign(new Error(redactText(String(given["message"]))), copies) : copies;
  };

  const copyWhole = (value: unknown) => {
    left = longestBody;
    try {
      return copy(value);
    } catch {
      // A getter of a foreign object threw.
      return redacted;
    }
  };

  for (const key of keys) remember(key, false, shared);
  for (const [name, header] of Object.entries(requestHeaders)) {
    // Also the token after `Bearer`, and every cookie.
    if (secretHeader.test(name)) for (const part of [header, ...header.split(/[\s;,=]+/)]) remember(part);
  }
  for (const body of bodies) rememberFields(body);

  return {
    rememberFields,
    text: redactText,
    body(value) {
      rememberFields(value);
      return copyWhole(value);
    },
    headers: (headers) =>
      Object.fromEntries([...headers].map(([name, value]) => [name, secretHeader.test(name) ? redacted : redactText(value)])),
    cause: copyWhole,
  };
}

/** Finds the values of secret fields in a text. An unterminated value, an object or an array extends to the end of the text. */
function fieldPattern(fields: readonly string[]): RegExp {
  const names = fields.map((name) => name.replace(/\W/g, "\\$&")).join("|");
  const anyValue = `\\[redacted]|\\\\*"(?:[^"\\\\]|\\\\[^])*(?:"|\\\\?$)|'[^']*'?|[[{][^]*|[^\\s,}\\]"'<]+`;
  return new RegExp(`(?<![a-z_])((?:${names || "$^"})\\\\*["']?\\s*[:=>]\\s*)(?:${anyValue})`, "gi");
}

/** Adds the pieces by which a secret is found: its parts of `shortestPart` units, or a whole text in blocks. */
function addPieces({ pieces }: SecretIndex, text: string, isWhole: boolean): void {
  const [length, step] = isWhole ? [blockLength, blockLength] : [shortestPart, 1];
  // URLs and HTML also escape the first characters of escapes.
  const forms = /[^ -~]|[%+\\]|&#?\w+;/.test(text)
    ? [text, encodeURIComponent(text.replace(/\p{Cs}/gu, "\ufffd")), text.replaceAll("&", "&amp;")]
    : [text];
  for (const form of forms) {
    const units = unitsOf(form).map(canonicalOf);
    const last = Math.max(0, units.length - length);
    for (let next = 0; next < last + step; next += step) {
      const at = Math.min(next, last);
      const piece = units.slice(at, at + length).join("");
      const firstLength = firstLengths.find((one) => one <= piece.length);
      // Too short to search for, such as a piece of only backslashes.
      if (!firstLength) continue;
      const first = piece.slice(0, firstLength);
      const byFirst = pieces.get(firstLength) ?? new Map<string, Set<string>>();
      pieces.set(firstLength, byFirst.set(first, (byFirst.get(first) ?? new Set()).add(piece)));
    }
  }
}

/** Splits a text into characters. An HTML reference, or the start of a JSON escape, is one unit. */
function unitsOf(text: string): readonly string[] {
  return text.match(/\\u00|&(?:#(?:\d{1,6}|x[\da-f]{1,5})|amp|lt|gt|quot|apos);|./gisu) ?? [];
}

/** Canonical forms: nothing for the start of an escape, and `+` is a space. Other ASCII characters are added on first use. */
const canonicals: Record<string, string> = {
  "\\": "",
  "\\u00": "",
  "%": "",
  "+": "20",
  "&amp;": "26",
  "&lt;": "3c",
  "&gt;": "3e",
  "&quot;": "22",
  "&apos;": "27",
};

/** A form that is equal for plain, JSON-escaped, URL-encoded and HTML-escaped text: letters and digits, other characters in hexadecimal. */
function canonicalOf(unit: string): string {
  const known = canonicals[unit];
  if (known !== undefined) return known;
  const lower = unit.toLowerCase();
  // A reference in other case or by number, such as `&LT;`, `&#60;` or `&#x3c;`.
  if (unit.length > 2) return canonicals[lower] ?? canonicalOf(String.fromCodePoint(Number(`0${lower.slice(2, -1)}`) || 0));
  let canonical = lower;
  // JSON has names for some control characters.
  if (unit < " ") canonical = JSON.stringify(unit).replace(/\W|u00/g, "");
  else if (!/[a-z\d]/i.test(unit)) canonical = unit.split("").map(hexadecimal).join("");
  if (unit < "\x80") canonicals[unit] = canonical;
  return canonical;
}

function hexadecimal(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `u${code.padStart(4, "0")}` : code;
}
