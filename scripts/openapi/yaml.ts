import { stringify } from "yaml";
import type { JsonObject } from "./json.ts";

/** Values as YAML text. Strings keep their value, whatever YAML would read in them. Folds lines at `lineWidth`; 0: never. */
export function yamlText(value: JsonObject | readonly JsonObject[], lineWidth = 0): string {
  return stringify(value, { lineWidth, aliasDuplicateObjects: false });
}
