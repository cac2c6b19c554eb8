import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A proxy that validates requests and responses, in its own process. */
export interface PrismProxy {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts `prism proxy <document> <origin of upstream> --errors` on a free loopback port and waits until it listens. The proxy serves
 * the same paths as the upstream.
 */
export async function startPrismProxy(document: URL, upstream: string): Promise<PrismProxy> {
  const cli = join(dirname(createRequire(import.meta.url).resolve("@stoplight/prism-cli/package.json")), "dist", "index.js");
  const folder = mkdtempSync(join(tmpdir(), "prism-proxy-"));
  const file = join(folder, "openapi.json");
  const { origin, pathname } = new URL(upstream);
  const basePath = pathname.replace(/\/$/, "");
  writeFileSync(file, withoutEmptyContent(withBasePath(readFileSync(document, "utf8"), basePath)));
  const args = [cli, "proxy", file, origin, "--errors", "--host", "127.0.0.1", "--port", "0"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async () => {
    process.off("exit", killAtExit);
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  };
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /Prism is listening on (http:\/\/\S+)/.exec(output)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("close", () => reject(new Error(`Prism did not start:\n${output}`)));
  });
  return { url: url + basePath, close };
}

/** Adds the server's path to the document's paths, because Prism ignores servers. Operations with their own server already have it. */
function withBasePath(document: string, basePath: string): string {
  const parsed = JSON.parse(document) as { paths: Record<string, Record<string, { servers?: unknown }>> };
  const paths = Object.entries(parsed.paths).map(([path, methods]) => {
    const isWhole = Object.values(methods).some(({ servers }) => servers !== undefined);
    return [isWhole ? path : basePath + path, methods];
  });
  return JSON.stringify({ ...parsed, paths: Object.fromEntries(paths) });
}

/** Removes the content of `x-empty` responses, because the proxy responds with 500 to an empty body where it expects JSON. */
function withoutEmptyContent(document: string): string {
  return JSON.stringify(JSON.parse(document), (_, value) =>
    value?.["x-empty"] === true ? { ...value, content: undefined } : value,
  );
}
