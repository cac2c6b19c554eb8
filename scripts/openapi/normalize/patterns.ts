import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

/** Rewrites or removes invalid patterns: a validator rejects the whole schema because of one. */
export const patterns: Repair = {
  title: "patterns of other languages written for JavaScript, or dropped",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      const { pattern } = schema;
      if (typeof pattern !== "string" || isPattern(pattern)) return;
      const written = forJavaScript(pattern);
      if (isPattern(written)) schema["pattern"] = written;
      else delete schema["pattern"];
      note([...place, "pattern"]);
    });
  },
};

/** Whether a pattern is valid in JSON Schema, which uses JavaScript's syntax with the Unicode flag. */
function isPattern(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}

/** Replaces Ruby's and Python's anchors, and unnecessary escapes. */
function forJavaScript(source: string): string {
  let isInClass = false;
  return source.replace(/\\(.)|[[\]]/gs, (found: string, escaped?: string) => {
    if (escaped === undefined) {
      isInClass = found === "[" || (isInClass && found !== "]");
      return found;
    }
    if (escaped === "A") return "^";
    if (escaped === "z" || escaped === "Z") return "$";
    const isNeeded = escaped === "-" ? isInClass : escaped !== "_" && /[\w^$\\.*+?()[\]{}|/]/.test(escaped);
    return isNeeded ? found : escaped;
  });
}
