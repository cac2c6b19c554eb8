import { ConfigurationProblem } from "./problem.js";

/** The base URL without slashes at its end. Throws when a key may not be sent there. */
export function checkBaseUrl(baseUrl: string): string {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    throw new ConfigurationProblem("the base URL is not a URL; give one such as https://api.example.com/v1");
  }
  if (url.username || url.password || /[?#]/.test(baseUrl)) {
    throw new ConfigurationProblem("the base URL must have no credentials, query or fragment");
  }
  if (!isPrivateOnTheWay(url)) {
    throw new ConfigurationProblem(`the base URL must be https, unless its host is loopback; it is ${url.origin}`);
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** Whether nobody can read on the way what is sent there: https, or a host that is this machine. */
export function isPrivateOnTheWay({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

/** Fills a path template. Values are encoded, so that none leaves its segment. */
export function serializePath(template: string, values: Readonly<Record<string, unknown>>): string {
  if (!template.includes("{")) return template;
  return template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = values[name];
    const text = typeof value === "string" || Number.isFinite(value) ? String(value) : "";
    // URLs resolve segments of dots, however they are encoded.
    if (text !== "" && text !== "." && text !== "..") {
      try {
        return encodeURIComponent(text);
      } catch {
        // Half of a surrogate pair.
      }
    }
    throw new ConfigurationProblem(`the path parameter "${name}" is missing or no id; give the id as the vendor gave it`);
  });
}
