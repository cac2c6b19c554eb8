import { readFileSync } from "node:fs";
import { type PrismServer, startPrism } from "@gpu/testing/prism";

/** Starts a Prism server that validates requests and responses between a client and the upstream. It serves the upstream's paths. */
export async function startPrismProxy(document: URL, upstream: string): Promise<PrismServer> {
  const { origin, pathname } = new URL(upstream);
  const basePath = pathname.replace(/\/$/, "");
  const adapted = withoutEmptyContent(withBasePath(readFileSync(document, "utf8"), basePath));
  const server = await startPrism(JSON.parse(adapted), { upstream: origin });
  return { url: server.url + basePath, close: server.close };
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
