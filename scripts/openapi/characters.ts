/**
 * Invisible characters: controls, bidirectional and other format characters, line separators, lone surrogates. They hide the content of
 * a text and break files and terminals. Allowed are tab, line breaks, and the joiners and variation selectors of emoji.
 */
const hidden =
  /(?![\t\n\r]|(?<=\p{Emoji})\uFE0F|(?<=\p{Extended_Pictographic}\uFE0F?)\u200D(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** Whether a text has invisible characters. */
export function hasHidden(text: string): boolean {
  return firstHidden(text) !== undefined;
}

export function withoutHidden(text: string): string {
  return text.replace(hidden, "");
}

/** The first hidden character of a text, such as `U+202E`. */
export function firstHidden(text: string): string | undefined {
  hidden.lastIndex = 0;
  const found = hidden.exec(text)?.[0].codePointAt(0);
  return found === undefined ? undefined : `U+${found.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** A text for a message: one line, without hidden characters, cut to a length. */
export function shown(text: string, most = 100): string {
  const line = withoutHidden(text.slice(0, 4 * most)).replace(/\s+/g, " ");
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
