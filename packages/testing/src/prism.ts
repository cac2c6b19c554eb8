import { createLogger } from "@stoplight/prism-core";
import { getHttpOperationsFromSpec } from "@stoplight/prism-http";
import { createServer } from "@stoplight/prism-http-server";

/** A Prism server in this process. */
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
  /** The origin that requests are forwarded to. Default: none, Prism responds with the document's examples. */
  upstream?: string;
}

/** Prism could not start. The message gives the reason in one line. */
export class PrismStartError extends Error {
  override name = "PrismStartError";
}

/** Starts a Prism server that validates requests and responses, like `prism mock --errors` and `prism proxy --errors`. */
export async function startPrism(document: string | object, options: PrismOptions = {}): Promise<PrismServer> {
  const { port = 0, upstream } = options;
  const checks = { validateRequest: true, validateResponse: true, checkSecurity: true, errors: true, upstreamProxy: undefined };
  const mock = { dynamic: false, ignoreExamples: false };
  try {
    const server = createServer(await getHttpOperationsFromSpec(document), {
      cors: true,
      config:
        upstream === undefined
          ? { ...checks, mock, isProxy: false }
          : { ...checks, mock, isProxy: true, upstream: new URL(upstream) },
      components: { logger: createLogger("prism", { level: "silent" }) },
    });
    return { url: await server.listen(port, "127.0.0.1"), close: server.close };
  } catch (error) {
    throw new PrismStartError(
      `Prism for ${typeof document === "string" ? document : "a document"} did not start: ${reasonOf(error, port)}`,
    );
  }
}

/** Prism rejects with a text where the port cannot be used. */
function reasonOf(error: unknown, port: number): string {
  const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return reason.includes("EADDRINUSE") ? `port ${port} on 127.0.0.1 is busy; choose another` : reason;
}
