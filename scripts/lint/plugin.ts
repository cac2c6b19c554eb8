// The rules of the house as a plugin of redocly, which loads this file by its name in redocly.yaml.
import type { JsonObject, Place } from "@gpu-scripts/openapi/json.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules.ts";

/** As much of redocly's visitor context as is used here. */
interface Context {
  location: { child(steps: readonly string[]): object };
  report(problem: { message: string; location: object }): void;
}

function visitorOf(rule: Rule) {
  return () => ({
    Root: {
      enter(document: JsonObject, context: Context): void {
        for (const { message, place } of rule.check(document)) {
          context.report({ message, location: context.location.child(steps(place)) });
        }
      },
    },
  });
}

function steps(place: Place): string[] {
  return place.map(String);
}

/** All rules, and `gpu/all`, which turns every one of them on. */
export default function gpuPlugin(): object {
  return {
    id: "gpu",
    rules: { oas3: Object.fromEntries(rules.map((rule) => [rule.id, visitorOf(rule)])) },
    configs: { all: { rules: Object.fromEntries(rules.map((rule) => [`gpu/${rule.id}`, "error"])) } },
  };
}
