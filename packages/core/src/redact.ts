const redacted = "[redacted]";
/** Shorter secrets occur in ordinary text, so only the name of their field gives them away. */
const shortestSecret = 8;
/** The shortest beginning or end of a single-line secret, and the shortest line of a script, that is redacted. */
const shortestPart = 16;
const shortestLine = 20;
/** What is shown of a text, and of the texts, fields and items of a body. */
const longestText = 4_000;
const longestBody = 20_000;
/** Text after a cut is searched too, so that a secret that begins before the cut is found by its key. */
const margin = 400;
const longestKey = 64;
/** No text is searched further. */
const longestSearch = longestText + margin;
/** Keys are looked up by this many characters first. */
const firstLength = 4;
/** Values nested deeper are neither searched nor shown. */
const deepest = 40;
/** Headers that hold a secret. An idempotency key is none. */
const secretHeader = /^(?!idempotency-key$).*(auth|cookie|key|token|secret|password|session|signature)/i;
/** Fields of environment values and programs, whose parts are ordinary text such as `/usr/local/bin`. */
const ordinaryField = /^value$|env|(?<!sub)script|command|entrypoint|args|user_?data|onstart/i;
/** A private key, whose end may be missing. */
const pemBlock = /-----BEGIN[^-]+-----[\s\S]*?(?:-----END[^-]+-----|$)/g;

/** What counts as secret for a vendor: the names of fields, in lower case, and a pattern that finds them in text. */
export interface RedactionRules {
  readonly fields: ReadonlySet<string>;
  readonly fieldInText: RegExp | undefined;
}

export function redactionRules(names: readonly string[]): RedactionRules {
  const fields = names.map((name) => name.replace(/\W/g, "\\$&")).join("|");
  // A value without an end, an object or a list reaches to the end of the text.
  const value = `\\[redacted]|\\\\*"(?:[^"\\\\]|\\\\[^])*(?:"|\\\\?$)|'[^']*(?:'|$)|[[{][^]*|[^\\s,}\\]"'<]+`;
  return {
    fields: new Set(names.map((name) => name.toLowerCase())),
    fieldInText: fields ? new RegExp(`(?<![A-Za-z_])((?:${fields})\\\\*["']?\\s*[:=>]\\s*)(?:${value})`, "gi") : undefined,
  };
}

/** Removes secrets from what leaves a call other than to the vendor. Takes time in proportion to the text and the secrets. */
export class Redactor {
  readonly #rules: RedactionRules;
  readonly #known = new Set<string>();
  /** Secrets in canonical form, by the part that identifies them, and the lengths of these keys by their first characters. */
  readonly #secrets = new Map<string, { text: string; keyAt: number; isPart: boolean }[]>();
  readonly #keyLengths = new Map<string, Set<number>>();
  #left = 0;

  /** Knows keys, headers by their names, and fields of parsed bodies by theirs. */
  constructor(
    rules: RedactionRules,
    keys: Iterable<string>,
    headers: Readonly<Record<string, string>> = {},
    bodies: Iterable<unknown> = [],
  ) {
    this.#rules = rules;
    for (const key of keys) this.#remember(key);
    for (const [name, value] of Object.entries(headers)) {
      // Also the token after `Bearer`, and each cookie.
      if (secretHeader.test(name)) for (const part of [value, ...value.split(/[\s;,=]+/)]) this.#remember(part);
    }
    for (const body of bodies) this.rememberFields(body);
  }

  /** Remembers the values of secret fields in parsed JSON. */
  rememberFields(value: unknown, field?: string, depth = 0): void {
    if (typeof value === "object" && value !== null && depth <= deepest) {
      for (const [name, item] of Object.entries(value)) {
        this.rememberFields(item, this.#rules.fields.has(name.toLowerCase()) ? name : field, depth + 1);
      }
    } else if (field !== undefined && (typeof value === "string" || typeof value === "number")) {
      this.#remember(String(value), ordinaryField.test(field));
    }
  }

  /** The text without secrets, cut to `limit` characters before it is searched. */
  text(text: string, limit = longestText): string {
    const searched = text.slice(0, limit + margin);
    const pieces = piecesOf(searched);
    const hidden = this.#find(pieces, searched.length < text.length);
    let result = "";
    let end = 0;
    for (const [index, piece] of pieces.entries()) {
      end += piece.length;
      if (end > limit) break;
      if (!hidden[index]) result += piece;
      else if (!hidden[index - 1]) result += redacted;
    }
    result = result.replace(pemBlock, redacted);
    const { fieldInText } = this.#rules;
    return fieldInText ? result.replace(fieldInText, `$1"${redacted}"`) : result;
  }

  /** A copy of parsed JSON without secrets, its own included. */
  value(value: unknown): unknown {
    this.rememberFields(value);
    this.#left = longestBody;
    return this.#copy(value, 0);
  }

  headers(headers: Iterable<readonly [name: string, value: string]>): Record<string, string> {
    return Object.fromEntries([...headers].map(([name, value]) => [name, secretHeader.test(name) ? redacted : this.text(value)]));
  }

  /** A copy of a thrown value: its message, name, stack, code, own cause and errors. */
  cause(cause: unknown, depth = 0): unknown {
    if (typeof cause === "string") return this.text(cause);
    if (typeof cause !== "object" || cause === null) return cause;
    if (depth > 6) return undefined;
    const next = (value: unknown) => this.cause(value, depth + 1);
    try {
      if (Array.isArray(cause)) return cause.map(next);
      if (!("message" in cause)) return this.value(JSON.parse(JSON.stringify(cause)));
      const given = cause as Record<string, unknown>;
      const inner = given["cause"] === undefined ? undefined : { cause: next(given["cause"]) };
      const copy = new Error(this.text(String(given["message"])), inner);
      const others = ["name", "stack", "code", "errors"].filter((name) => given[name] !== undefined);
      return Object.assign(copy, Object.fromEntries(others.map((name) => [name, next(given[name])])));
    } catch {
      return new Error("what was thrown cannot be shown");
    }
  }

  #remember(secret: string, isOrdinary = false): void {
    const text = secret.trim();
    const known = `${isOrdinary} ${text}`;
    // The name of a field must stay, so that its value is found.
    if (text.length < shortestSecret || this.#known.has(known) || this.#rules.fields.has(text.toLowerCase())) return;
    this.#known.add(known);
    const lines = text.split(/[\r\n]/).map((line) => line.trim());
    const isWhole = isOrdinary || lines.length > 1;
    const beginning = secret.slice(0, longestSearch);
    for (const part of new Set([beginning, isWhole ? beginning : secret.slice(-longestSearch)])) {
      const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(part))).replace(/={1,2}$/, "");
      const forms = new Set([part.trim(), base64, base64.replaceAll("+", "-").replaceAll("/", "_")]);
      for (const form of forms) this.#add(form, isWhole);
    }
    if (lines.length > 1) for (const line of lines) if (line.length >= shortestLine) this.#add(line, true);
    // A key may be `id:secret`, a registry's credentials `user:password`.
    if (!isWhole) for (const part of text.split(":")) this.#remember(part);
    const bare = text.replace(/={1,2}$/, "");
    if (bare.length < shortestPart || bare.length % 4 === 1 || /[^a-z\d+/]/i.test(bare)) return;
    // A script may be sent in Base64 and quoted as it is.
    const decoded = new TextDecoder().decode(Uint8Array.from(atob(bare), (byte) => byte.charCodeAt(0)));
    if (!decoded.includes("\ufffd")) this.#remember(decoded, isOrdinary);
  }

  #add(form: string, isWhole: boolean): void {
    const forms = [form];
    // URLs and HTML also escape what escapes begin with.
    if (/[%+\\\p{Cc}]/u.test(form)) forms.push(encodeURIComponent(form.replace(/\p{Cs}/gu, "\ufffd")));
    if (/&#?\w{1,9};/.test(form)) forms.push(form.replaceAll("&", "&amp;"));
    for (const text of new Set(forms.map((one) => toCanonical(one)))) {
      this.#addKey(text, 0, isWhole ? longestKey : toCanonical(form.slice(0, shortestPart)).length, !isWhole);
      if (!isWhole) this.#addKey(text, text.length - toCanonical(form.slice(-shortestPart)).length, text.length, true);
    }
  }

  #addKey(text: string, keyAt: number, keyEnd: number, isPart: boolean): void {
    const key = text.slice(keyAt, keyEnd);
    const first = key.slice(0, firstLength);
    // Nothing but backslashes.
    if (first.length < firstLength) return;
    const secret = { text, keyAt, isPart };
    if (!this.#secrets.get(key)?.push(secret)) this.#secrets.set(key, [secret]);
    if (!this.#keyLengths.get(first)?.add(key.length)) this.#keyLengths.set(first, new Set([key.length]));
  }

  /** Marks the pieces of a text that belong to secrets. Where the text was cut, a secret needs to reach only the cut. */
  #find(pieces: readonly string[], isCut: boolean): Uint8Array {
    const hidden = new Uint8Array(pieces.length);
    /** The piece that each character of the canonical form comes from. */
    const owners: number[] = [];
    let text = "";
    for (const [index, piece] of pieces.entries()) {
      const canonical = canonicalOf(piece);
      text += canonical;
      for (const _ of canonical) owners.push(index);
    }
    for (let at = 0; at < text.length; at += 1) {
      for (const length of this.#keyLengths.get(text.slice(at, at + firstLength)) ?? []) {
        for (const secret of this.#secrets.get(text.slice(at, at + length)) ?? []) {
          const offset = secret.keyAt - at;
          let [from, to] = [at, at + length];
          while (from > 0 && text[from - 1] === secret.text[from - 1 + offset]) from -= 1;
          while (to < text.length && text[to] === secret.text[to + offset]) to += 1;
          const isFound = secret.isPart || to - from === secret.text.length || (isCut && to === text.length);
          // From after the character before it, with what counts for nothing in between.
          if (isFound) hidden.fill(1, (owners[from - 1] ?? -1) + 1, (owners[to - 1] ?? 0) + 1);
        }
      }
    }
    return hidden;
  }

  #copy(value: unknown, depth: number): unknown {
    if (typeof value === "string") {
      const limit = Math.min(longestText, this.#take(value.length));
      return value.length > limit ? `${this.text(value, limit)}…` : this.text(value);
    }
    if (typeof value === "number") return this.text(String(value)) === String(value) ? value : redacted;
    if (typeof value !== "object" || value === null) return value;
    if (depth > deepest) return redacted;
    if (Array.isArray(value)) return value.slice(0, this.#take(value.length)).map((item) => this.#copy(item, depth + 1));
    const entries = Object.entries(value);
    const shown = entries.slice(0, this.#take(entries.length)).map(([name, item]) => {
      const isSecret = this.#rules.fields.has(name.toLowerCase()) && item !== null;
      return [this.text(name), isSecret ? redacted : this.#copy(item, depth + 1)];
    });
    return Object.fromEntries(shown);
  }

  #take(wanted: number): number {
    const taken = Math.min(wanted, this.#left);
    this.#left -= taken;
    return taken;
  }
}

const named: Readonly<Record<string, number>> = { amp: 38, lt: 60, gt: 62, quot: 34, apos: 39 };
/** What escapes begin with counts for nothing, and forms write a space as `+`. Other characters are added when they first occur. */
const canonicals: Record<string, string> = {
  "\\": "",
  "%": "",
  "+": "20",
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\b": "b",
  "\f": "f",
};

/** The characters of a text, and its escapes of JSON and HTML. */
function piecesOf(text: string): readonly string[] {
  return (
    text.match(
      /\\ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|\\u[\da-f]{4}|&(?:#(?:\d{1,6}|x[\da-f]{1,5})|amp|lt|gt|quot|apos);|./gisu,
    ) ?? []
  );
}

/**
 * A form that is the same for a text as it is, JSON-escaped, URL-encoded and HTML-escaped: letters, digits, and the bytes of other
 * characters in hexadecimal.
 */
function toCanonical(text: string): string {
  return piecesOf(text).map(canonicalOf).join("");
}

function canonicalOf(piece: string): string {
  const known = canonicals[piece];
  if (known !== undefined) return known;
  if (piece.length > 2) {
    const code = named[piece.slice(1, -1).toLowerCase()] ?? Number(`0${piece.slice(2, -1)}`);
    return toCanonical(piece[0] === "&" ? String.fromCodePoint(code) : JSON.parse(`"${piece}"`));
  }
  const bytes = new TextEncoder().encode(piece);
  const canonical = /[a-z\d]/i.test(piece)
    ? piece.toLowerCase()
    : Array.from(bytes, (byte) => (256 + byte).toString(16).slice(1)).join("");
  if (piece < "\x80") canonicals[piece] = canonical;
  return canonical;
}
