import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ClientOptions, type Fetch, GpuError } from "@gpu/core";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import type { Received } from "./check-response.ts";

/** The parts of a request. */
export interface Parts {
  path: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
}

/** The result of a call: the raw response, and the client's error. */
export interface Call {
  /** Undefined when no complete response was received. */
  received: Received | undefined;
  /** Undefined when the client accepted the response as a success. */
  error: GpuError | undefined;
}

/** How to reach a vendor. */
export interface Access {
  /** Undefined to send no key. */
  apiKey: string | undefined;
  /** Default: the vendor's production server. */
  baseUrl: string | undefined;
  fetch: Fetch;
  clock?: ClientOptions["clock"];
}

type Operations = Record<string, (parts: Parts) => Promise<unknown>>;

/** Never sent: the header that contains it is removed. */
const noKey = "no-key-is-sent";

/**
 * Creates a client from a vendor's built package, so that the run tests what users install. It sends only GET requests: any other
 * request fails before it is sent.
 */
export async function openClient(packageFolder: string, access: Access): Promise<(name: string, parts: Parts) => Promise<Call>> {
  const entry = join(packageFolder, "dist", "index.js");
  if (!existsSync(entry)) throw new UserError(`${entry}: does not exist; run \`pnpm build\``);
  let received: Received | undefined;
  const fetch: Fetch = async (url, init) => {
    if (init.method !== "GET") throw new Error(`${init.method} ${url} is not a read: nothing was sent`);
    received = undefined;
    const headers = Object.entries(init.headers).filter(([, value]) => access.apiKey !== undefined || !value.includes(noKey));
    const response = await access.fetch(url, { ...init, headers: Object.fromEntries(headers) });
    // A stream does not end by itself.
    const isStream = response.ok && response.headers.get("content-type")?.startsWith("text/event-stream");
    if (isStream) await (response as Response).body?.cancel();
    const text = isStream ? "" : await response.text();
    received = { status: response.status, contentType: response.headers.get("content-type") ?? "", text };
    // The body has been read: let the client read it again.
    return Object.defineProperty(response, "text", { value: async () => text });
  };
  const { baseUrl, clock, apiKey = noKey } = access;
  const client = (await factoryIn(entry))({ apiKey, baseUrl, clock, fetch, maxRetries: 1 });
  return async (name, parts) => {
    received = undefined;
    const call = client[name];
    if (!call) throw new UserError(`${packageFolder}: is not built from its document, which has ${name}; run \`pnpm build\``);
    try {
      await call(parts);
      return { received, error: undefined };
    } catch (error) {
      if (!GpuError.isInstance(error)) throw error;
      return { received, error };
    }
  };
}

/** The factory that a vendor's package exports. */
async function factoryIn(entry: string): Promise<(options: ClientOptions) => Operations> {
  const module: Record<string, unknown> = await import(pathToFileURL(entry).href);
  const factory = Object.entries(module).find(([name]) => /^create\w+Client$/.test(name))?.[1];
  if (typeof factory !== "function") throw new UserError(`${entry}: exports no create…Client`);
  return (options) => factory(options);
}
