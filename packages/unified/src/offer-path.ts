/** The part of an offer's id behind the provider: parts between slashes. A slash inside a part is written `%2F`. */
export function joinOfferPath(...parts: readonly (string | number)[]): string {
  return parts.map((part) => String(part).replaceAll("/", "%2F")).join("/");
}

/** The parts that `joinOfferPath` joined. */
export function splitOfferPath(path: string): string[] {
  return path.split("/").map((part) => part.replaceAll("%2F", "/"));
}
