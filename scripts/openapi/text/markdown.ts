// Writes a vendor's text as Markdown: in READMEs, reports, changesets, pull requests and the HTML reference.

/** A code span of CommonMark within one line. */
const codeSpans = /(?<!`)(`+)(?!`)(.*?[^`])\1(?!`)/g;

/** What GitHub turns into a link, a mention or a reference to an issue. Bounded, so that the search is linear. */
const autolinks =
  /(?:[a-z][a-z\d+.-]{0,20}:\/\/|www\.)[^\s`]*[^\s`.,:;!?)\]'"]|@\w(?:[\w./-]*\w)?|(?:[\w./-]{0,100}#|\bGH-)\d+/gi;

/**
 * One line of Markdown that shows the text as it is. Code spans are kept; everything else is escaped: HTML, comments, links, images,
 * mentions and references to issues. The result cannot end its line.
 */
export function markdownLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return outside(line, codeSpans, (rest) => outside(rest, autolinks, plain, markdownCode))
    .replace(/^(?=[>#+=-])/, "\\")
    .replace(/^(\d+)(?=[.)] )/, "$1\\");
}

/** The same for a text of ours with several lines, some of which are list items. */
export function markdownLines(text: string): string {
  return text
    .split("\n")
    .map((line) => {
      const [, start = "", rest = ""] = /^( *(?:- )?)(.*)$/.exec(line) ?? [];
      return start + markdownLine(rest);
    })
    .join("\n");
}

/** A text as a code span. */
export function markdownCode(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A link whose text is a line of Markdown; the text alone unless the address is https. */
export function markdownLink(text: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "https:") return markdownLine(text);
  return `[${markdownLine(text)}](${url.href.replace(/[()<>|`\\*_[\]]/g, (mark) => (mark === "_" ? mark : encodeMark(mark)))})`;
}

/** Markdown as a table cell: a bar ends a cell even in a code span. */
export function markdownCell(markdown: string): string {
  return markdown.replaceAll("|", "\\|");
}

/** A table of Markdown cells. */
export function markdownTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => markdownCell(String(cell))).join(" | ")} |\n`;
  return `${line(head)}|${"---|".repeat(head.length)}\n${rows.map(line).join("")}`;
}

/** Markdown of many lines without HTML and without images: descriptions, as the reference shows them. */
export function markdownWithoutHtml(markdown: string): string {
  return markdown
    .replace(/<(?=[a-z/!?])/gi, "&lt;")
    .replaceAll("![", "!\\[")
    .replaceAll("{%", "{ %");
}

function encodeMark(mark: string): string {
  return `%${mark.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Changes the text between the matches of a pattern, and the matches with `changeMatch`. */
function outside(
  text: string,
  pattern: RegExp,
  change: (rest: string) => string,
  changeMatch: (match: string) => string = (match) => match,
): string {
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(change(text.slice(end, match.index)), changeMatch(match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, change(text.slice(end))].join("");
}

function plain(text: string): string {
  return text
    .replace(/[\\`*~[\]]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/&(?=#?\w+;)/g, "&amp;")
    .replaceAll("<", "&lt;");
}
