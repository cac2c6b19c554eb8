import { ConnectionLost } from "./fetch-errors.js";
import type { Router } from "./router.js";
import type { VendorName } from "./vendor.js";

/** Servers that listen. */
export interface Listening {
  /** The base URL of each simulated vendor, without a slash at the end: `http://127.0.0.1:PORT/v1`. */
  readonly urls: Readonly<Partial<Record<VendorName, string>>>;
  /** Ends the servers and every connection. */
  close(): Promise<void>;
}

/** As much of `node:http` as is used: the types of Node.js do not belong into a package for every runtime. */
interface HttpModule {
  createServer(listener: (request: HttpRequest, response: HttpResponse) => void): HttpServer;
}
interface HttpServer {
  listen(port: number, host: string, ready: () => void): void;
  once(event: "error", listener: (error: Error) => void): void;
  address(): { port: number } | string | null;
  close(done: () => void): void;
  closeAllConnections(): void;
}
interface HttpRequest extends AsyncIterable<Uint8Array> {
  method?: string;
  url?: string;
  headers: Record<string, string | string[] | undefined>;
}
interface HttpResponse {
  writeHead(status: number, headers: Readonly<Record<string, string>>): void;
  write(text: string, done: () => void): void;
  end(text: string): void;
  destroy(): void;
  on(event: "close", listener: () => void): void;
}

/** Serves each router on a free loopback port, below the path of the vendor's base URL. */
export async function listen(routers: ReadonlyMap<VendorName, { router: Router; path: string }>): Promise<Listening> {
  // Not a literal: bundlers for other runtimes would look for it.
  const name = "node:http";
  const http: HttpModule = await import(name);
  const servers: HttpServer[] = [];
  const urls: Partial<Record<VendorName, string>> = {};
  const close = async () => {
    await Promise.all(
      servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
          }),
      ),
    );
  };
  try {
    for (const [vendor, { router, path }] of routers) {
      const server = http.createServer((request, response) => void serve(router, path, request, response));
      servers.push(server);
      urls[vendor] = `http://127.0.0.1:${await portOf(server)}${path}`;
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { urls, close };
}

function portOf(server: HttpServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address) resolve(address.port);
      else reject(new Error("the server has no port"));
    });
  });
}

async function serve(router: Router, basePath: string, request: HttpRequest, response: HttpResponse): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await router({
      method: request.method ?? "GET",
      // A path outside of the base is none of the vendor's: its router says so.
      path: url.pathname.startsWith(`${basePath}/`) ? url.pathname.slice(basePath.length) : url.pathname,
      query: url.searchParams,
      headers: headersOf(request.headers),
      text: await new Blob(chunks as Uint8Array<ArrayBuffer>[]).text(),
      signal: gone.signal,
    });
    response.writeHead(answer.status, answer.headers);
    if (answer.bodyFailure === undefined) response.end(answer.text);
    // The status and what there is of the body arrive first.
    else response.write(answer.text, () => response.destroy());
  } catch (error) {
    response.destroy();
    // A lost connection is a fault that was asked for, an abort is the caller's; anything else is a mistake of ours.
    if (!(error instanceof ConnectionLost) && !gone.signal.aborted) throw error;
  }
}

function headersOf(headers: HttpRequest["headers"]): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) result.set(name, String(value));
  return result;
}
