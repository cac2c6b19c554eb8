import type { ApiKey } from "./options.js";
import { ConfigurationProblem } from "./problem.js";

/** The key of one client: a text, a function's answer, or an environment variable. Behind private fields, so that no inspection shows it. */
export class KeySource {
  readonly #given: ApiKey | undefined;
  readonly #variable: string;
  readonly #used = new Set<string>();
  #current: string | undefined;
  #asking: Promise<string> | undefined;

  constructor(given: ApiKey | undefined, variable: string) {
    this.#given = given;
    this.#variable = variable;
  }

  /** Every key that is or was in use, to keep it out of errors. */
  get known(): Iterable<string> {
    const given = this.#given ?? readEnvironment(this.#variable);
    if (typeof given === "string") this.#used.add(given.trim());
    return this.#used;
  }

  /** The key, when it is known already. */
  get current(): string | undefined {
    return this.#current;
  }

  /** Finds the key. Calls that need it at the same time ask once. */
  find(): Promise<string> {
    if (this.#asking) return this.#asking;
    const asking = this.#ask().finally(() => {
      if (this.#asking === asking) this.#asking = undefined;
    });
    this.#asking = asking;
    return asking;
  }

  /** Does not wait for an answer any more: the next call asks anew. */
  giveUp(): void {
    this.#asking = undefined;
  }

  /** Forgets a refused key. Whether asking again may give another one. */
  refuse(key: string): boolean {
    if (this.#current === key && typeof this.#given === "function") this.#current = undefined;
    return typeof this.#given === "function";
  }

  async #ask(): Promise<string> {
    const given = this.#given;
    let key: unknown;
    try {
      key = typeof given === "function" ? await given() : (given ?? readEnvironment(this.#variable));
    } catch (cause) {
      throw new ConfigurationProblem("the function given as `apiKey` failed", { cause });
    }
    const text = typeof key === "string" ? key.trim() : "";
    if (text === "")
      throw new ConfigurationProblem(`no API key: pass \`apiKey\` or set the environment variable ${this.#variable}`);
    this.#used.add(text);
    if (!/^[\x21-\x7e]+$/.test(text)) {
      throw new ConfigurationProblem("the API key has characters that no HTTP header can carry; copy it again");
    }
    this.#current = text;
    return text;
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
