import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DocumentedOperation, documentedOperations, readDocument } from "./document.js";
import { type PrismServer, startPrism } from "./prism.js";
import { runModule } from "./run-module.js";

/** A vendor's README, as the suite needs it. */
export interface ReadmeSuiteOptions {
  readmeFile: URL;
  /** The composed document, `packages/<vendor>/openapi.json`. */
  documentFile: URL;
  /** The modules that the README imports, by their names. */
  modules: Readonly<Record<string, object>>;
  /** By operation: names of the document's examples that Prism sends, one for each call; the last one repeats. */
  responses?: Readonly<Record<string, readonly string[]>>;
  /** The operations that the example calls, in order. */
  calls: readonly string[];
  /** The lines that it prints. */
  prints: readonly string[];
}

/** The TypeScript blocks of a Markdown text, in order. */
export function typescriptBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code ?? "");
}

/** Runs the first code block of a README unchanged, against Prism instead of the vendor. */
export function readmeSuite(options: ReadmeSuiteOptions): void {
  const document = readDocument(options.documentFile);
  const operations = documentedOperations(document);
  const [server] = document["servers"] as [{ url: string }];
  let prism: PrismServer;

  beforeAll(async () => {
    prism = await startPrism(options.documentFile.pathname);
  }, 60_000);
  afterAll(async () => {
    await prism?.close();
  });

  describe("README", () => {
    it("has an example that runs", async () => {
      const [code] = typescriptBlocks(readFileSync(options.readmeFile, "utf8"));
      if (code === undefined) throw new Error("the README has no TypeScript block");
      const calls: string[] = [];
      const printed: string[] = [];
      const violations: (string | null)[] = [];
      const print = (line: unknown) => printed.push(String(line));
      const original = globalThis.fetch;

      const fetch = async (url: string, init: RequestInit) => {
        if (calls.length === 50) throw new Error("the example does not end");
        if (!url.startsWith(server.url)) throw new Error(`the example called ${url}, which is not the vendor's server`);
        const target = url.slice(server.url.length);
        const { name } = operationOf(operations, init.method ?? "GET", target);
        const examples = options.responses?.[name] ?? [];
        const example = examples[Math.min(calls.filter((call) => call === name).length, examples.length - 1)];
        calls.push(name);
        const headers = new Headers(init.headers);
        if (example) headers.set("prefer", `example=${example}`);
        const response = await original(prism.url + target, { ...init, headers });
        violations.push(response.headers.get("sl-violations"));
        return response;
      };
      const { apiKeyEnv } = document["x-gpu-client"];
      const originalKey = process.env[apiKeyEnv];
      globalThis.fetch = fetch as typeof globalThis.fetch;
      process.env[apiKeyEnv] = "readme-test-key";
      try {
        await runModule(
          code,
          {
            ...options.modules,
            // Prism's machines are ready at once.
            "node:timers/promises": { setTimeout: async () => {} },
          },
          { log: print, error: print },
        );
      } finally {
        globalThis.fetch = original;
        if (originalKey === undefined) delete process.env[apiKeyEnv];
        else process.env[apiKeyEnv] = originalKey;
      }
      expect(calls).toEqual(options.calls);
      expect(printed).toEqual(options.prints);
      expect(violations.filter((violation) => violation !== null)).toEqual([]);
    });
  });
}

/** The operation of a request. A literal path takes precedence over a template. */
function operationOf(operations: readonly DocumentedOperation[], method: string, target: string): DocumentedOperation {
  const path = target.split("?")[0] ?? "";
  const found = operations
    .filter((operation) => operation.method === method)
    .filter((operation) => new RegExp(`^${operation.path.replace(/\{[^{}]+\}/g, "[^/]+")}$`).test(path))
    .sort((a, b) => a.path.split("{").length - b.path.split("{").length);
  const [operation] = found;
  if (!operation) throw new Error(`the document has no operation ${method} ${path}`);
  return operation;
}
