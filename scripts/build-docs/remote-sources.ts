/** Attributes by which an element loads something when its page opens. */
const loading =
  /<(?:script|link|img|iframe|source|video|audio|embed|object)\b[^>]*?\s(?:src|srcset|href|data|poster)\s*=\s*["']?([^"'\s>]+)/gi;

/** Addresses in style sheets. */
const inStyles = /(?:@import\s+|url\()\s*["']?([^"')\s;]+)/gi;

/**
 * Every address from which a page would load something when it is opened. Links that a person may click are none, and neither
 * is what stands in a script: the page's content security policy, which must be there, refuses whatever a script would load.
 */
export function remoteSources(html: string): string[] {
  const markup = html.replace(/(<script\b[^>]*>).*?<\/script>/gis, "$1");
  const styles = [...markup.matchAll(/<style\b[^>]*>(.*?)<\/style>/gis)].map(([, text]) => text ?? "").join("\n");
  const found = [...markup.matchAll(loading), ...styles.matchAll(inStyles)].map(([, address]) => address ?? "");
  const remote = found.filter((address) => !/^(?:data:|#)/.test(address));
  const policy = /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline';/.test(
    markup,
  );
  return policy ? remote : [...remote, "(a page without a content security policy may load anything)"];
}
