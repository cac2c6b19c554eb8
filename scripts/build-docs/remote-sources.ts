/** Attributes that load something when the page opens. */
const loading =
  /<(?:script|link|img|iframe|source|video|audio|embed|object)\b[^>]*?\s(?:src|srcset|href|data|poster)\s*=\s*["']?([^"'\s>]+)/gi;

/** URLs in style sheets. */
const inStyles = /(?:@import\s+|url\()\s*["']?([^"')\s;]+)/gi;

/**
 * Every remote URL that a page loads when it opens. Links are ignored. URLs in scripts are ignored too, because the content security
 * policy, which the page must have, blocks them.
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
