import { shown } from "./characters.ts";
import { UserError } from "./user-error.ts";

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Fails unless an address lies on the site of the one that was given: https, the same port, and the same host or one above or below
 * it. Plain http is for servers of this machine that were given as such.
 */
export function refuseOtherSite(url: URL, given: URL): void {
  const isLocal = url.protocol === "http:" && loopback.has(url.hostname);
  if (url.protocol !== "https:" && !isLocal) {
    throw new UserError(`${shown(url.href)}: not fetched by ${url.protocol.slice(0, -1)}, where anybody can alter it; use https`);
  }
  const isSameSite = url.protocol === given.protocol && url.port === given.port && isRelated(url.hostname, given.hostname);
  if (!isSameSite) {
    throw new UserError(
      `${given.href}: redirects to ${shown(url.host)}, another site; give the address that the document is really at`,
    );
  }
}

/** Whether two hosts are the same, or one is a subdomain of the other. */
function isRelated(one: string, other: string): boolean {
  if (one === other) return true;
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  // A name of one part, or an address of digits, is no domain that others can be part of.
  return /\.[a-z][a-z\d-]*$/i.test(short) && long.endsWith(`.${short}`);
}
