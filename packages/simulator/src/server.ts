import { ConnectionLost } from "./fetch-errors.js";
import type { VendorName } from "./generated/vendor-names.js";
import type { Router } from "./router.js";

/** The running servers. */
export interface Listening {
  /** The base URL of each simulated vendor, without a trailing slash: `http://127.0.0.1:PORT/v1`. */
  readonly urls: Readonly<Partial<Record<VendorName, string>>>;
  /** Stops the servers and closes every connection. */
  close(): Promise<void>;
}

// Only the used parts of `node:http`: the package works on every runtime, so it does not depend on the types of Node.js.
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

/**
 * Loads `node:http` without an `import` where possible: webpack replaces one with code that finds no module, and jest in CommonJS
 * mode refuses it.
 */
async function loadHttp(): Promise<HttpModule> {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => HttpModule | undefined } };
  // Not a literal, or bundlers for other runtimes try to resolve it.
  const name = "node:http";
  return process?.getBuiltinModule?.(name) ?? import(/* webpackIgnore: true */ /* @vite-ignore */ name);
}

/** Serves each router on a free loopback port, below the path of the vendor's base URL. */
export async function listen(routers: ReadonlyMap<VendorName, { router: Router; path: string }>): Promise<Listening> {
  const http = await loadHttp();
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
  const closed = new AbortController();
  response.on("close", () => closed.abort());
  try {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    // The router responds with the vendor's error to an unknown path outside the base path.
    const atRoot = !url.pathname.startsWith(`${basePath}/`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = await router({
      method: request.method ?? "GET",
      path: atRoot ? url.pathname : url.pathname.slice(basePath.length),
      atRoot,
      query: url.searchParams,
      headers: headersOf(request.headers),
      text: await new Blob(chunks as Uint8Array<ArrayBuffer>[]).text(),
      signal: closed.signal,
    });
    response.writeHead(sent.status, sent.headers);
    if (sent.bodyFailure === undefined) response.end(sent.text);
    // The status and the partial body must arrive before the connection ends.
    else response.write(sent.text, () => response.destroy());
  } catch (error) {
    response.destroy();
    // A lost connection is a requested fault, and an abort is the caller's. Everything else is a bug of the simulator.
    if (!(error instanceof ConnectionLost) && !closed.signal.aborted) throw error;
  }
}

function headersOf(headers: HttpRequest["headers"]): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) result.set(name, String(value));
  return result;
}
