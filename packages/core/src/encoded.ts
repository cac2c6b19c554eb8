/** The beginning of a text that counts where what holds it breaks off; a shorter one is chance, and gives little away. */
const shortestBeginning = 8;
/** What may be left of a character where a text breaks off: half of its encoding, or of its bytes. */
const brokenOff = /^(?:[\\%&][\s\S]{0,11}|[\ufffd\ud800-\udbff]{1,3})?$/;

/** Finds texts however they are written: as they are, in JSON, also within JSON, in URL or HTML, and what JSON makes of HTML, or a URL of JSON. Upper and lower case are the same. */
export class EncodedTexts {
  readonly #texts = new Set<string>();
  /** By code units, so that a search narrows it down character by character. Undefined when there are new ones. */
  #sorted: string[] | undefined;

  add(text: string): void {
    // How many backslashes are written for one depends on what escapes them: a run of them counts as one.
    this.#texts.add(Array.from(text.replace(/\\+/g, "\\"), (character) => character.toLowerCase()).join(""));
    this.#sorted = undefined;
  }

  /** Replaces each of them wherever it stands, and its beginning where `text` breaks off. The longest first: another may be a part of it. */
  replaceIn(text: string, replacement: string): string {
    if (this.#texts.size === 0) return text;
    this.#sorted ??= [...this.#texts].sort();
    let result = "";
    let done = 0;
    for (let at = 0; at < text.length; at += 1) {
      const end = longestMatch(this.#sorted, text, at);
      if (end === 0) continue;
      result += text.slice(done, at) + replacement;
      done = end;
      at = end - 1;
    }
    return result + text.slice(done);
  }
}

/** Where the longest of the texts that are written from `start` on ends; 0 when there is none. */
function longestMatch(sorted: readonly string[], text: string, start: number): number {
  let longest = 0;
  // Texts from `low` to before `high` have in common what was read so far, which is `length` code units.
  const open = [{ at: start, low: 0, high: sorted.length, length: 0 }];
  const seen = new Set<string>();
  for (let one = open.pop(); one; one = open.pop()) {
    const { at, low, high, length } = one;
    if (sorted[low]?.length === length) longest = Math.max(longest, at);
    if (length >= shortestBeginning && text.length - at < 13 && brokenOff.test(text.slice(at))) return text.length;
    const readings = readingsOf(text, at);
    for (const { character, end } of readings) {
      const found = narrow(sorted, low, high, length, character);
      if (found.low >= found.high) continue;
      const next = { at: end, ...found, length: length + character.length };
      // Several readings may come to the same: what follows is searched once.
      if (readings.length > 1) {
        const state = `${end} ${found.low} ${next.length}`;
        if (seen.has(state)) continue;
        seen.add(state);
      }
      open.push(next);
    }
  }
  return longest;
}

/** Those of the texts that go on with `added` behind `length` code units. */
function narrow(
  sorted: readonly string[],
  low: number,
  high: number,
  length: number,
  added: string,
): { low: number; high: number } {
  let [first, last] = [low, high];
  for (let index = 0; index < added.length && first < last; index += 1) {
    const unit = added.charCodeAt(index);
    // A text that is over comes before those that go on.
    const isBefore = (text: string, limit: number) => !(text.charCodeAt(length + index) >= limit);
    first = firstNot(sorted, first, last, (text) => isBefore(text, unit));
    last = firstNot(sorted, first, last, (text) => isBefore(text, unit + 1));
  }
  return { low: first, high: last };
}

/** The first place from `low` on, in order, at which something does not hold any more. */
function firstNot(sorted: readonly string[], low: number, high: number, holds: (text: string) => boolean): number {
  let [first, last] = [low, high];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (holds(sorted[middle] ?? "")) first = middle + 1;
    else last = middle;
  }
  return first;
}

/** What may be written at a place: a character, in lower case, and where it ends. */
interface Reading {
  readonly character: string;
  readonly end: number;
}

/** Backslashes before another character, in JSON within JSON. */
const escapes = /(?:\\|%5c|&#0*92;|&#x0*5c;){1,15}/iy;
/** Backslashes for themselves. */
const backslashes = /(\\|%5c|&#0*92;|&#x0*5c;){1,255}/iy;
const unicodeEscape = /u([\da-f]{4})/iy;
const percentEncoded = /%[0-7][\da-f]|%[c-f][\da-f](?:%[89ab][\da-f]){1,3}/iy;
const characterReference = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/iy;
const shortEscapes: Readonly<Record<string, string>> = { t: "\t", b: "\b", f: "\f" };
const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function readingsOf(text: string, at: number): Reading[] {
  const run = match(backslashes, text, at);
  if (!run) return readUnescaped(text, at);
  const behind = at + (match(escapes, text, at)?.[0].length ?? 0);
  const escaped = match(unicodeEscape, text, behind);
  const short = shortEscapes[text[behind] ?? ""];
  return [
    { character: "\\", end: at + run[0].length },
    // The last of them may belong to what follows.
    ...(run[0].length > (run[1]?.length ?? 0) ? [{ character: "\\", end: at + run[0].length - (run[1]?.length ?? 0) }] : []),
    ...(escaped ? [reading(Number.parseInt(escaped[1] ?? "", 16), behind + 5)] : []),
    ...(short ? [{ character: short, end: behind + 1 }] : []),
    ...readUnescaped(text, behind),
    // `%5c` and `&#92;` may also be themselves.
    ...(text[at] === "\\" ? [] : readUnescaped(text, at)),
  ];
}

function readUnescaped(text: string, at: number): Reading[] {
  const point = text.codePointAt(at);
  if (point === undefined) return [];
  const literal = reading(point, at + (point > 0xffff ? 2 : 1));
  const first = text[at];
  if (first === "+") return [literal, { character: " ", end: literal.end }];
  const encoded = first === "%" ? readPercent(text, at) : first === "&" ? readReference(text, at) : undefined;
  return encoded ? [literal, encoded] : [literal];
}

function readPercent(text: string, at: number): Reading | undefined {
  const found = match(percentEncoded, text, at);
  try {
    return found ? { character: decodeURIComponent(found[0]).toLowerCase(), end: at + found[0].length } : undefined;
  } catch {
    // Bytes that are no character.
    return undefined;
  }
}

function readReference(text: string, at: number): Reading | undefined {
  const found = match(characterReference, text, at);
  if (!found) return undefined;
  const [whole, decimal, hexadecimal, name = ""] = found;
  const character = named[name.toLowerCase()];
  const end = at + whole.length;
  if (character) return { character, end };
  const point = decimal ? Number(decimal) : Number.parseInt(hexadecimal ?? "", 16);
  return point <= 0x10ffff ? reading(point, end) : undefined;
}

function reading(point: number, end: number): Reading {
  return { character: String.fromCodePoint(point).toLowerCase(), end };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
