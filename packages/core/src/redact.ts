const redacted = "[redacted]";
/** Shorter values occur in ordinary text; they are taken out only where the name of their field gives them away. */
const shortestSearchedSecret = 4;
const secretHeaders = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"];
/** A PEM block, also one whose end is missing. Its line breaks may be escaped. */
const pemBlock = /-----BEGIN [A-Z0-9 ]*-----[\s\S]*?(?:-----END [A-Z0-9 ]*-----|$)/g;

/** What counts as secret with a vendor: made once a client. */
export interface RedactionRules {
  readonly fields: ReadonlySet<string>;
  readonly headers: ReadonlySet<string>;
  /** A secret field in text that cannot be parsed: its name and all that may belong to its value. */
  readonly fieldInText: RegExp | undefined;
}

export function redactionRules(secretFields: readonly string[], keyHeader: string): RedactionRules {
  const names = secretFields.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return {
    fields: new Set(secretFields),
    headers: new Set([...secretHeaders, keyHeader.toLowerCase()]),
    // A value that is not terminated, or is an object or a list, goes to the end of the text.
    fieldInText: names
      ? new RegExp(
          `((?:\\\\?["'])?\\b(?:${names})(?:\\\\?["'])?\\s*[:=]\\s*)(?:\\\\?"(?:[^"\\\\]|\\\\[\\s\\S])*(?:"|\\\\?$)|'[^']*(?:'|$)|[\\[{][\\s\\S]*$|[^\\s,}\\]"'][^\\s,}\\]"]*)`,
          "g",
        )
      : undefined,
  };
}

/** Takes secrets out of whatever leaves a call other than to the vendor. Made when a call first needs it. */
export class Redactor {
  readonly #rules: RedactionRules;
  readonly #secrets = new Set<string>();

  constructor(rules: RedactionRules, keys: Iterable<string>) {
    this.#rules = rules;
    for (const key of keys) this.remember(key);
  }

  /** Takes this text out wherever it shows from now on, in the encodings in which it travels. */
  remember(secret: string): void {
    for (const part of [secret, ...secret.split(":")]) {
      if (part.length < shortestSearchedSecret) continue;
      this.#secrets.add(part);
      this.#secrets.add(JSON.stringify(part).slice(1, -1));
      try {
        this.#secrets.add(encodeURIComponent(part));
      } catch {
        // Not valid Unicode: it cannot stand in a URL.
      }
    }
  }

  /** Remembers the values of secret fields in a JSON text, such as a request's body. */
  rememberFields(json: string | undefined): void {
    if (!json) return;
    try {
      this.value(JSON.parse(json));
    } catch {
      // Not JSON: what it holds is taken out by the names of its fields.
    }
  }

  text(text: string): string {
    let result = text.replace(pemBlock, redacted);
    if (this.#rules.fieldInText) result = result.replace(this.#rules.fieldInText, `$1"${redacted}"`);
    // Longest first: a secret may hold another.
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) {
      result = result.replaceAll(secret, redacted);
    }
    return result;
  }

  /** A copy of parsed JSON without secrets. */
  value(value: unknown): unknown {
    this.#rememberIn(value, false);
    return this.#copy(value);
  }

  headers(headers: Headers): Record<string, string> {
    const copy: Record<string, string> = {};
    headers.forEach((value, name) => {
      copy[name] = this.#rules.headers.has(name.toLowerCase()) ? redacted : this.text(value);
    });
    return copy;
  }

  /** A copy of a cause: its name, message, code and own cause. A cause may quote a header or a URL. */
  cause(cause: unknown, depth = 0): unknown {
    if (depth > 4) return undefined;
    if (typeof cause === "string") return this.text(cause);
    if (typeof cause !== "object" || cause === null) return cause;
    const { name, message, code, cause: inner } = cause as Partial<Error & { code: unknown }>;
    const copy = new Error(this.text(String(message ?? "")), inner === undefined ? undefined : { cause: this.cause(inner, depth + 1) });
    copy.name = this.text(String(name ?? "Error"));
    // The stack of the copy says nothing; that of the original may quote a secret in its first line.
    copy.stack = `${copy.name}: ${copy.message}`;
    return code === undefined ? copy : Object.assign(copy, { code: typeof code === "string" ? this.text(code) : code });
  }

  #rememberIn(value: unknown, secret: boolean): void {
    if (typeof value === "string") {
      if (secret) this.remember(value);
    } else if (Array.isArray(value)) {
      for (const item of value) this.#rememberIn(item, secret);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, item] of Object.entries(value)) this.#rememberIn(item, secret || this.#rules.fields.has(name));
    }
  }

  #copy(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.#copy(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        this.text(name),
        this.#rules.fields.has(name) && item !== null && item !== undefined ? redacted : this.#copy(item),
      ]),
    );
  }
}
