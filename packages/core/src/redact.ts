const redacted = "[redacted]";
/** Shorter values occur in ordinary text; they are taken out only where the name of their field gives them away. */
const shortestSecret = 4;
/** Deeper than any answer; what is deeper still is not looked at, and not shown. */
const deepest = 40;
/** Headers whose names say that they hold a secret. An idempotency key is none. */
const secretHeader = /^(?!idempotency-key$).*(auth|cookie|key|token|secret|password|session|signature)/i;
/** A PEM block, also one whose end is missing. Its line breaks may be escaped. */
const pemBlock = /-----BEGIN[^-]+-----[^]*?(?:-----END[^-]+-----|$)/g;
/** How HTML, beside numbers, writes the characters that it must not show as they are. */
const htmlNames: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos" };

/** A secret field in text: its name and all that may belong to its value. Made once a client. */
export function secretFieldPattern(names: readonly string[]): RegExp | undefined {
  if (names.length === 0) return undefined;
  const encodedQuote = "&quot;|&#34;|&#x22;|%22";
  const quote = `(?:\\\\*["']|${encodedQuote})`;
  // A value whose end is missing, or that is an object or a list, goes to the end of the text.
  const value = [
    "\\[redacted\\]",
    `\\\\*"(?:[^"\\\\]|\\\\[^])*(?:"|\\\\?$)`,
    `'[^']*(?:'|$)`,
    `(?:${encodedQuote})(?:(?:\\\\|%5c)[^]|(?!%5c)[^\\\\])*?(?:${encodedQuote}|\\\\?$)`,
    "[[{][^]*",
    `[^\\s,}\\]"'<]+`,
  ].join("|");
  return new RegExp(`(?<![A-Za-z_])((?:${names.map(escapeRegExp).join("|")})${quote}?\\s*(?:[:=>]|%3a)\\s*)(?:${value})`, "gi");
}

/** Takes secrets out of whatever leaves a call other than to the vendor. Made when a call first needs it. */
export class Redactor {
  readonly #fields: ReadonlySet<string>;
  readonly #fieldInText: RegExp | undefined;
  /** Pieces of secrets, each with the pattern that finds it however it is encoded. */
  readonly #pieces = new Map<string, RegExp>();

  /** Takes the names of secret fields in lower case, and the pattern that finds them in text. */
  constructor(fields: ReadonlySet<string>, fieldInText: RegExp | undefined) {
    this.#fields = fields;
    this.#fieldInText = fieldInText;
  }

  /** Takes this text out wherever it shows from now on. In pieces: a line of a script or a key may be quoted alone. */
  remember(secret: string): void {
    for (const piece of secret.match(/[^\r\n]{1,200}/g) ?? []) {
      if (piece.length >= shortestSecret) this.#pieces.set(piece, encodedPattern(piece));
    }
  }

  /** Remembers a key, and its parts where it has some. */
  rememberKey(key: string): void {
    for (const part of [key, ...key.split(":")]) this.remember(part);
  }

  /** Remembers the values of headers whose names say that they are secret. */
  rememberHeaders(headers: Headers): void {
    headers.forEach((value, name) => {
      if (secretHeader.test(name)) this.remember(value);
    });
  }

  /** Remembers the values of secret fields in a JSON text, such as a request's body. */
  rememberFields(json: string | undefined): void {
    try {
      if (json) this.#rememberIn(JSON.parse(json), false, 0);
    } catch {
      // Not JSON: what it holds is taken out by the names of its fields.
    }
  }

  text(text: string): string {
    let result = text;
    for (const pattern of this.#pieces.values()) result = result.replace(pattern, redacted);
    result = result.replace(pemBlock, redacted);
    return this.#fieldInText ? result.replace(this.#fieldInText, `$1"${redacted}"`) : result;
  }

  /** A copy of parsed JSON without secrets. */
  value(value: unknown): unknown {
    this.#rememberIn(value, false, 0);
    return this.#copy(value, 0);
  }

  headers(headers: Headers): Record<string, string> {
    const copy: Record<string, string> = {};
    headers.forEach((value, name) => {
      copy[name] = secretHeader.test(name) ? redacted : this.text(value);
    });
    return copy;
  }

  /** A copy of what was thrown: name, message, code, stack and own cause. A cause may quote a header or a URL. */
  cause(cause: unknown, depth = 0): unknown {
    if (typeof cause === "string") return this.text(cause);
    if (typeof cause !== "object" || cause === null) return cause;
    if (depth > 4) return undefined;
    try {
      if (!("message" in cause)) return this.value(JSON.parse(JSON.stringify(cause)));
      const { name, message, stack, code, cause: inner, errors } = cause as Partial<AggregateError & { code: unknown }>;
      const next = (value: unknown) => this.cause(value, depth + 1);
      const copy = new Error(this.text(String(message)), inner === undefined ? undefined : { cause: next(inner) });
      return Object.assign(copy, {
        ...(name !== "Error" && { name: this.text(String(name)) }),
        stack: this.text(String(stack ?? message)),
        ...(code !== undefined && { code: next(code) }),
        ...(Array.isArray(errors) && { errors: errors.map(next) }),
      });
    } catch {
      return new Error("what was thrown cannot be shown");
    }
  }

  #rememberIn(value: unknown, secret: boolean, depth: number): void {
    if (depth > deepest) return;
    if (typeof value === "object" && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        this.#rememberIn(item, secret || this.#fields.has(name.toLowerCase()), depth + 1);
      }
    } else if (secret && (typeof value === "string" || typeof value === "number")) {
      this.remember(String(value));
    }
  }

  #copy(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") return this.text(String(value)) === String(value) ? value : redacted;
    if (typeof value !== "object" || value === null) return value;
    if (depth > deepest) return redacted;
    if (Array.isArray(value)) return value.map((item) => this.#copy(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        this.text(name),
        this.#fields.has(name.toLowerCase()) && item !== null ? redacted : this.#copy(item, depth + 1),
      ]),
    );
  }
}

/**
 * Finds a text in any of the encodings in which it may travel: JSON, URL, HTML, and one within the other. Finds its beginning
 * too where what holds it breaks off.
 */
function encodedPattern(text: string): RegExp {
  const characters = [...text].map((character, index) => {
    const found = encodedCharacter(character);
    return index < shortestSecret ? found : `(?:${found}|(?:[\\\\%&][^]{0,6})?$)`;
  });
  return new RegExp(characters.join(""), "giu");
}

function encodedCharacter(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const escape = "(?:\\\\|%5c){0,15}";
  const units = character.split("").map((unit) => `u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const ways = [escapeRegExp(character), units.join(escape), `&(?:#0*${code}|#x0*${code.toString(16)}|${htmlNames[character]});`];
  if (character === " ") ways.push("\\+");
  if (character === "\t") ways.push("t");
  // Half of a surrogate pair cannot stand in a URL.
  if (units.length > 1 || code < 0xd800 || code > 0xdfff) {
    ways.push(code < 128 ? `%${code.toString(16).padStart(2, "0")}` : encodeURIComponent(character));
  }
  return `${escape}(?:${ways.join("|")})`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
