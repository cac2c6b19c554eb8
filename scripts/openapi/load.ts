import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { shown } from "./characters.ts";
import { refuseOtherSite } from "./site.ts";
import { UserError } from "./user-error.ts";

/** Bytes that are read from one place, as they are after decompression. */
const mostBytes = 16 * 1024 * 1024;
const timeoutMs = 30_000;
const mostRedirects = 5;
const atOnce = 6;

/** The time limit of several reads together. */
export interface Allowance {
  bytes: number;
  /** Aborts when the time is over. */
  signal: AbortSignal;
}

/** What one read may take, or all pages of one document. */
export function newAllowance(): Allowance {
  return { bytes: mostBytes, signal: AbortSignal.timeout(timeoutMs) };
}

export function isUrl(place: string): boolean {
  return /^https?:\/\//.test(place);
}

/** The text at a URL or in a file. The error has the reason of a failure. */
export async function load(place: string, allowance: Allowance = newAllowance()): Promise<string> {
  return isUrl(place) ? await download(place, allowance) : await readText(place, place, allowance);
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
  return /^\uFEFF?\s*(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i.test(text.slice(0, 10_000));
}

/** What a link on a page points to; a page in a file may link to files next to it. */
export function resolveLink(link: string, page: string): string | undefined {
  if (!isUrl(page)) return isUrl(link) ? link : resolve(page, "..", link.replace(/#.*$/, ""));
  if (!URL.canParse(link, page)) return undefined;
  const url = new URL(link, page);
  url.hash = "";
  return url.href;
}

/** The text of a file. Refuses a symbolic link, which could point to a file outside of the repository. */
export async function readText(path: string, shownAs: string, allowance: Allowance = newAllowance()): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if ((await file.stat()).isDirectory()) throw new UserError(`${shownAs}: is a folder; name a file`);
      const chunks = file.createReadStream({ autoClose: false, signal: allowance.signal });
      return decode(await collect(chunks, allowance, shownAs), shownAs);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new UserError(`${shownAs}: cannot be read${isMissing ? "; does the file exist?" : `: ${reasonOf(error)}`}`);
  }
}

async function download(place: string, allowance: Allowance): Promise<string> {
  if (!URL.canParse(place)) throw new UserError(`${shown(place)}: is not an address`);
  const given = new URL(place);
  if (given.username !== "" || given.password !== "") {
    throw new UserError(`${given.host}: the address holds a user name or a password; documents are fetched without`);
  }
  refuseOtherSite(given, given);
  // The body of a response that is not wanted is not read to its end.
  const unwanted = new AbortController();
  const signal = AbortSignal.any([allowance.signal, unwanted.signal]);
  try {
    const response = await follow(given, signal);
    if (!response.ok) throw new UserError(`${place}: cannot be fetched: status ${response.status}`);
    return decode(await collect(response.body ?? [], allowance, place), place);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (allowance.signal.aborted) throw new UserError(`${place}: cannot be fetched: it takes too long`);
    throw new UserError(`${place}: cannot be fetched: ${reasonOf(error)}`);
  } finally {
    unwanted.abort();
  }
}

async function follow(given: URL, signal: AbortSignal): Promise<Response> {
  let url = given;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const response = await fetch(url, {
      headers: { accept: "application/json, application/yaml, text/markdown, text/plain;q=0.9, */*;q=0.1" },
      redirect: "manual",
      signal,
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, url))
      throw new UserError(`${given.href}: redirects to ${shown(location)}, which is not an address`);
    url = new URL(location, url);
    refuseOtherSite(url, given);
  }
  throw new UserError(`${given.href}: cannot be fetched: it redirects more than ${mostRedirects} times`);
}

/** Reads until the end, or until more came than is allowed. */
async function collect(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  allowance: Allowance,
  place: string,
): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) {
    allowance.bytes -= chunk.byteLength;
    if (allowance.bytes < 0) throw new UserError(`${place}: is too large: at most ${mostBytes / 1024 / 1024} MiB are read`);
    read.push(chunk);
  }
  return Buffer.concat(read);
}

/** A byte order mark is passed over. */
function decode(bytes: Buffer, place: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${place}: is not UTF-8 text`);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return shown(String(error));
  if ("code" in error && error.code === "ELOOP") return "it is a symbolic link; give the file itself";
  return shown(error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message, 200);
}
