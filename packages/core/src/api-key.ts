import { ConfigurationError } from "./error.js";
import type { ApiKey } from "./options.js";

/** The API key of one client, in a closure so that `util.inspect` never shows it. */
export interface KeySource {
  /** Every key that is or was in use, for redaction. */
  known(): Iterable<string>;
  /** The key, once known. */
  current(): string | undefined;
  /** Reads the key. Concurrent calls share one read. */
  find(): Promise<string>;
  /** Drops a pending read, so that the next call reads again. */
  abandon(): void;
  /** Forgets a rejected key. Returns whether another key may be available. */
  refuse(key: string): boolean;
}

export function createKeySource(given: ApiKey | undefined, variable: string): KeySource {
  const used = new Set<string>();
  let current: string | undefined;
  let pending: Promise<string> | undefined;

  const read = async () => {
    const key: unknown = typeof given === "function" ? await given() : (given ?? readEnvironment(variable));
    const text = typeof key === "string" ? key.trim() : "";
    if (text === "") throw new ConfigurationError(`no API key: pass \`apiKey\` or set the environment variable ${variable}`);
    used.add(text);
    if (!/^[!-~]+$/.test(text))
      throw new ConfigurationError("the API key must consist of visible ASCII characters; copy it again");
    current = text;
    return text;
  };

  return {
    known() {
      const key = given ?? readEnvironment(variable);
      if (typeof key === "string") used.add(key.trim());
      return used;
    },
    current: () => current,
    find() {
      if (pending) return pending;
      const mine = read().finally(() => {
        if (pending === mine) pending = undefined;
      });
      pending = mine;
      return mine;
    },
    abandon() {
      pending = undefined;
    },
    refuse(key) {
      // A concurrent call may already have replaced it.
      if (typeof given === "function" && current === key) current = undefined;
      return typeof given === "function";
    },
  };
}

/** Reads an environment variable. Workers and browsers have none. */
function readEnvironment(name: string): string | undefined {
  try {
    return (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[name];
  } catch {
    // Deno throws without permission to read the environment.
    return undefined;
  }
}
