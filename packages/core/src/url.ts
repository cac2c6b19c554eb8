import type { OperationContract } from "./contract.js";
import { ConfigurationError } from "./error.js";

/** The base URL without trailing slashes. Throws if a key must not be sent there. */
export function checkBaseUrl(baseUrl: string): string {
  if (URL.canParse(baseUrl) && !/[?#]/.test(baseUrl)) {
    const url = new URL(baseUrl);
    if (isPrivateOnTheWay(url) && !url.username && !url.password) return url.origin + url.pathname.replace(/\/+$/, "");
  }
  throw new ConfigurationError("the base URL must be https, or http to this machine, without credentials, query or fragment");
}

/** The base URL of an operation: without the end that it leaves out. A custom base URL without this end stays as it is. */
export function baseOf(baseUrl: string, { baseWithout }: OperationContract): string {
  // Compares the path only, not the host.
  return baseWithout && baseUrl.slice(8).endsWith(baseWithout) ? baseUrl.slice(0, -baseWithout.length) : baseUrl;
}

/** A base URL without credentials, for display. It may be invalid. */
export function withoutSecrets(baseUrl: unknown): string {
  return String(baseUrl).replace(/\/\/[^/]*@|[?#].*/g, (found) => (found.endsWith("@") ? "//" : ""));
}

/** Whether requests to a URL cannot be intercepted: https, or a loopback address. */
export function isPrivateOnTheWay({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

/** Fills a path template. Values are encoded, so none can leave its segment. */
export function serializePath(template: string, values: Readonly<Record<string, unknown>>): string {
  if (!template.includes("{")) return template;
  return template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = values[name];
    const text = typeof value === "string" || Number.isFinite(value) ? String(value) : "";
    // URLs resolve segments of dots, however they are encoded. Half of a surrogate pair cannot be encoded.
    if (!/^(\.{0,2}|.*\p{Cs}.*)$/su.test(text)) return encodeURIComponent(text);
    throw new ConfigurationError(`the path parameter "${name}" must be an id as the vendor returned it`);
  });
}
