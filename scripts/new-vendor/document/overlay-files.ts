import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { yamlText } from "@gpu-scripts/openapi/yaml.ts";
import { render } from "@gpu-scripts/regenerate/overlay-text.ts";

/** Actions of an overlay that belong together. */
export interface ActionGroup {
  title: string;
  actions: JsonObject[];
}

/** The text of an overlay, its groups under a comment each. */
export function overlayText(title: string, groups: readonly ActionGroup[]): string {
  const head = yamlText({ overlay: "1.1.0", info: { title, version: "1.0.0" } });
  if (groups.length === 0) return `${head}actions: []\n`;
  const parts = groups.map((group) => `  # ${group.title}\n${render(group.actions).trimEnd()}\n`);
  return `${head}actions:\n${parts.join("\n")}`;
}
