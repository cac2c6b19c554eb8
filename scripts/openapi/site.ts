import { shown } from "./characters.ts";
import { UserError } from "./user-error.ts";

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Fails unless a URL is on the same site as the given one: https, the same port, and the same host, a parent domain or a subdomain.
 * Plain http is allowed for loopback servers only.
 */
export function refuseOtherSite(url: URL, given: URL): void {
  const isLocal = url.protocol === "http:" && loopback.has(url.hostname);
  if (url.protocol !== "https:" && !isLocal) {
    throw new UserError(`${shown(url.href)}: not fetched over ${url.protocol.slice(0, -1)}, which anybody can alter; use https`);
  }
  const isSameSite = url.protocol === given.protocol && url.port === given.port && isRelated(url.hostname, given.hostname);
  if (!isSameSite) {
    throw new UserError(`${given.href}: redirects to ${shown(url.host)}, another site; use the final address of the document`);
  }
}

/** Whether two hosts are the same, or one is a subdomain of the other. */
function isRelated(one: string, other: string): boolean {
  if (one === other) return true;
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  // A single label or an IP address cannot have subdomains.
  return /\.[a-z][a-z\d-]*$/i.test(short) && long.endsWith(`.${short}`);
}
