import { stringify } from "yaml";
import type { JsonObject } from "./json.ts";

/** Values as YAML text, every text as it is, whatever YAML would read in it. Lines of texts are folded at `lineWidth`, 0 for never. */
export function yamlText(value: JsonObject | readonly JsonObject[], lineWidth = 0): string {
  return stringify(value, { lineWidth, aliasDuplicateObjects: false });
}
