import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../user-error.ts";

const timeoutMs = 30_000;
const largestBytes = 64 * 1024 * 1024;
const atOnce = 6;

export function isUrl(place: string): boolean {
  return /^https?:\/\//.test(place);
}

/** The text at a URL or in a file; the error says why there is none. */
export async function load(place: string): Promise<string> {
  return isUrl(place) ? await download(place) : await readText(place);
}

/** Works on a few places at a time: one host serves most of them. */
export async function inGroups<T, R>(items: readonly T[], work: (item: T) => Promise<R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    const group = await Promise.all(items.slice(start, start + atOnce).map(work));
    results.push(...group.flat());
  }
  return results;
}

export function isHtml(text: string): boolean {
  return /^\uFEFF?\s*(?:<!--[\s\S]*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i.test(text);
}

/** What a link on a page points to; a page in a file may link to files beside it. */
export function resolveLink(link: string, page: string): string | undefined {
  if (isUrl(page)) {
    const url = new URL(link, page);
    url.hash = "";
    return url.href;
  }
  return isUrl(link) ? link : resolve(page, "..", link.replace(/#.*$/, ""));
}

async function download(url: string): Promise<string> {
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(hostname)) {
    throw new UserError(`${url}: not fetched over plain http, where anybody can alter it; use https`);
  }
  let response: Response;
  let bytes: Uint8Array;
  try {
    response = await fetch(url, {
      headers: { accept: "application/json, application/yaml, text/markdown, text/plain;q=0.9, */*;q=0.1" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new UserError(`${url}: cannot be fetched: ${reasonOf(error)}`);
  }
  if (!response.ok) throw new UserError(`${url}: cannot be fetched: status ${response.status}`);
  if (bytes.byteLength > largestBytes) throw new UserError(`${url}: larger than ${largestBytes / 1024 / 1024} MiB`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${url}: is not UTF-8 text`);
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UserError(`${path}: cannot be read: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
