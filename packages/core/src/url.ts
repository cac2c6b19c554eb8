/** Why a base URL may not carry a key, or undefined when it may. */
export function refuseBaseUrl(baseUrl: string): string | undefined {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    return "the base URL is not a URL; give one such as https://api.example.com/v1";
  }
  if (url.username || url.password) return "the base URL holds credentials; give the key as `apiKey`";
  if (url.search || url.hash) return "the base URL has a query or a fragment; give it without";
  const loopback = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && loopback)) return undefined;
  return `the base URL must be https, unless its host is loopback; it is ${url.protocol}//${url.hostname}`;
}

/** A path parameter that would leave its segment. */
export class PathParameterError extends Error {}

/** Fills a path template. Values are encoded, so that none leaves its segment. */
export function serializePath(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = values[name];
    const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
    if (text === "" || text === "." || text === "..") {
      const found = value === undefined || text === "" ? "missing or empty" : `"${text}"`;
      throw new PathParameterError(`the path parameter "${name}" is ${found}; give the id as the vendor gave it`);
    }
    try {
      return encodeURIComponent(text);
    } catch {
      throw new PathParameterError(`the path parameter "${name}" is not valid Unicode`);
    }
  });
}
