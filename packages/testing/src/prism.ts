import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A Prism mock server in its own process. */
export interface PrismServer {
  /** Its URL, without a trailing slash. Prism serves at the root, without the path of the document's server. */
  readonly url: string;
  /** Stops it. */
  close(): Promise<void>;
}

/** Options of `startPrism`. */
export interface PrismOptions {
  /** Port on loopback. Default: a free one. */
  port?: number;
  /** The longest time until it listens, in milliseconds. Default: 30,000. */
  startTimeoutMs?: number;
}

/** Prism could not start. The message gives the reason in one line. */
export class PrismStartError extends Error {
  override name = "PrismStartError";
}

const running = new Set<ChildProcess>();
// Servers must not outlive this process.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a Prism mock server that validates requests, and waits until it listens. */
export async function startPrism(documentFile: string, options: PrismOptions = {}): Promise<PrismServer> {
  const cli = join(dirname(createRequire(import.meta.url).resolve("@stoplight/prism-cli/package.json")), "dist", "index.js");
  const args = ["mock", documentFile, "--errors", "--host", "127.0.0.1", "--port", String(options.port ?? 0)];
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      running.delete(child);
      resolve();
    });
  });
  const close = async () => {
    child.kill("SIGTERM");
    const killed = setTimeout(() => child.kill("SIGKILL"), 2_000);
    await ended;
    clearTimeout(killed);
  };
  try {
    return { url: await whenListening(child, documentFile, options), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function whenListening(child: ChildProcess, documentFile: string, options: PrismOptions): Promise<string> {
  const startTimeoutMs = options.startTimeoutMs ?? 30_000;
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (reason: string) => reject(new PrismStartError(`Prism for ${documentFile} did not start: ${reason}`));
    const timer = setTimeout(() => fail(`it did not listen within ${startTimeoutMs} ms`), startTimeoutMs);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /Prism is listening on (http:\/\/\S+)/.exec(output)?.[1];
      if (!url) return;
      clearTimeout(timer);
      // The log must still be read: Prism blocks when the pipe is full.
      output = "";
      resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => fail(error.message));
    // "close", not "exit": all output has been read by then.
    child.once("close", () => {
      clearTimeout(timer);
      if (output.includes("EADDRINUSE")) fail(`port ${options.port} on 127.0.0.1 is busy; choose another`);
      else fail(/(?:Error|ENOENT|fatal)[^\n]*\S[^\n]*/.exec(output)?.[0] ?? "it exited without an error message");
    });
  });
}
