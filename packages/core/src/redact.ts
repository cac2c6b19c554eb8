import { EncodedTexts } from "./encoded.js";

const redacted = "[redacted]";
/** Shorter values occur in ordinary text; they are taken out only where the name of their field gives them away. */
const shortestSecret = 4;
/** Shorter parts of a header's value are words such as `Bearer`. */
const shortestPart = 8;
/** Deeper than any answer; what is deeper still is not looked at, and not shown. */
const deepest = 40;
/** A short line of a script that says nothing: `done`, `set -e`, `exit 0`. */
const shellWord = /^(?:then|else|done|esac|true|exit(?: \d+)?|set [-+][a-z]{1,4}|wait|EOF|sync)$/;
/** Headers whose names say that they hold a secret. An idempotency key is none. */
const secretHeader = /^(?!idempotency-key$).*(auth|cookie|key|token|secret|password|session|signature)/i;
/** A PEM block, also one whose end is missing. Its line breaks may be escaped. */
const pemBlock = /-----BEGIN[^-]+-----[\s\S]*?(?:-----END[^-]+-----|$)/g;

/** What counts as secret with a vendor. Made once a client. */
export interface RedactionRules {
  /** Names of secret fields, in lower case. */
  readonly fields: ReadonlySet<string>;
  /** Finds a secret field in text: its name and all that may belong to its value. */
  readonly fieldInText: RegExp | undefined;
}

export function redactionRules(names: readonly string[]): RedactionRules {
  return { fields: new Set(names.map((name) => name.toLowerCase())), fieldInText: fieldPattern(names) };
}

function fieldPattern(names: readonly string[]): RegExp | undefined {
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
  readonly #rules: RedactionRules;
  /** Lines of secrets, and pieces of long ones. */
  readonly #pieces = new EncodedTexts();

  constructor(rules: RedactionRules) {
    this.#rules = rules;
  }

  /** Takes this text out wherever it shows from now on. In pieces: a line of a script or a key may be quoted alone, and without what indents it. */
  remember(secret: string): void {
    const lines = secret.match(/[^\r\n]{1,200}/gu) ?? [];
    const isScript = /[\r\n]/.test(secret.trim());
    for (const line of lines) {
      const bare = line.trim();
      if (bare.length < shortestSecret || this.#isTelltale(bare)) continue;
      if (isScript && shellWord.test(bare)) continue;
      this.#pieces.add(line);
      this.#pieces.add(bare);
    }
    // A script may have to be sent in Base64, and is quoted as what it is.
    const decoded = decodedBase64(secret);
    if (decoded !== undefined) this.remember(decoded);
  }

  /** What tells where secrets are must stay, so that they are found. */
  #isTelltale(text: string): boolean {
    const lower = text.toLowerCase();
    return [...this.#rules.fields].some((name) => name.includes(lower)) || /^-----(BEGIN|END)[^-]+-----$/.test(text);
  }

  /** Remembers a key, and its parts where it has some. */
  rememberKey(key: string): void {
    for (const part of [key, ...key.split(":")]) this.remember(part);
  }

  /** Remembers the values of headers whose names say that they are secret, and their parts: the token behind `Bearer`, one cookie of several. */
  rememberHeaders(headers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(headers)) {
      if (!secretHeader.test(name)) continue;
      this.remember(value);
      for (const part of value.split(/[\s;,=]+/)) if (part.length >= shortestPart) this.remember(part);
    }
  }

  /** Remembers the values of secret fields in a JSON text, such as a request's body. */
  rememberFields(json: string): void {
    try {
      this.#rememberIn(JSON.parse(json), false, 0);
    } catch {
      // Not JSON: what it holds is taken out by the names of its fields.
    }
  }

  text(text: string): string {
    const result = this.#pieces.replaceIn(text, redacted).replace(pemBlock, redacted);
    const { fieldInText } = this.#rules;
    return fieldInText ? result.replace(fieldInText, `$1"${redacted}"`) : result;
  }

  /** A copy of parsed JSON without secrets. */
  value(value: unknown): unknown {
    this.#rememberIn(value, false, 0);
    return this.#copy(value, 0);
  }

  headers(headers: Iterable<readonly [name: string, value: string]>): Record<string, string> {
    return Object.fromEntries([...headers].map(([name, value]) => [name, secretHeader.test(name) ? redacted : this.text(value)]));
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
        this.#rememberIn(item, secret || this.#rules.fields.has(name.toLowerCase()), depth + 1);
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
        this.#rules.fields.has(name.toLowerCase()) && item !== null ? redacted : this.#copy(item, depth + 1),
      ]),
    );
  }
}

/** The text that a longer text in Base64 stands for; undefined where there is none. */
function decodedBase64(text: string): string | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)));
  } catch {
    // Base64 of something else, or chance.
    return undefined;
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
