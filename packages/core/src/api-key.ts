import type { ApiKey } from "./options.js";

/** The key of one client: a text, a function's answer, or an environment variable. */
export class KeySource {
  readonly #given: ApiKey | undefined;
  readonly #variable: string;
  #current: string | undefined;
  readonly #used = new Set<string>();

  constructor(given: ApiKey | undefined, variable: string) {
    this.#given = given;
    this.#variable = variable;
  }

  /** Every key that was ever used, to keep it out of errors. Behind a private field, so that no inspection shows it. */
  get used(): ReadonlySet<string> {
    return this.#used;
  }

  /** Forgets a refused key. Whether asking again may give another one. */
  refuse(key: string): boolean {
    if (typeof this.#given !== "function") return false;
    if (this.#current === key) this.#current = undefined;
    return true;
  }

  /** The key, or why there is none. */
  async get(): Promise<{ key: string } | { problem: string; cause?: unknown }> {
    if (this.#current !== undefined) return { key: this.#current };
    let key: unknown;
    try {
      key = typeof this.#given === "function" ? await this.#given() : (this.#given ?? readEnvironment(this.#variable));
    } catch (cause) {
      return { problem: "the function given as `apiKey` failed", cause };
    }
    if (key === undefined || key === "") {
      return { problem: `no API key: pass \`apiKey\` or set the environment variable ${this.#variable}` };
    }
    if (typeof key !== "string") return { problem: "the API key is not a string" };
    const trimmed = key.trim();
    this.#used.add(trimmed);
    if (!/^[\x21-\x7e]+$/.test(trimmed)) {
      return { problem: "the API key has characters that no HTTP header can carry; copy it again" };
    }
    this.#current = trimmed;
    return { key: trimmed };
  }
}

/** Reads an environment variable where the runtime has such; workers and browsers do not. */
function readEnvironment(name: string): string | undefined {
  try {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    return process?.env?.[name];
  } catch {
    // Deno without permission to read the environment.
    return undefined;
  }
}
