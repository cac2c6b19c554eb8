// The rules of the project as a plugin of redocly. redocly.yaml names this file.
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules.ts";

/** The used part of redocly's visitor context. */
interface Context {
  location: { child(steps: readonly string[]): object };
  report(problem: { message: string; location: object }): void;
}

function visitorOf(rule: Rule) {
  return () => ({
    Root: {
      enter(document: JsonObject, context: Context): void {
        for (const { message, place } of rule.check(document)) {
          context.report({ message, location: context.location.child(place.map(String)) });
        }
      },
    },
  });
}

/** A type of redocly's: an object of the document and what its fields are. */
interface NodeType {
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Lets redocly follow the reference in `x-item-schema`, which it would otherwise not read. */
function withItemSchema(types: Readonly<Record<string, NodeType>>): object {
  const { MediaType } = types;
  return { ...types, MediaType: { ...MediaType, properties: { ...MediaType?.properties, "x-item-schema": "Schema" } } };
}

/** All rules, and the configuration `gpu/all`, which turns all of them on. */
export default function gpuPlugin(): object {
  return {
    id: "gpu",
    typeExtension: { oas3: withItemSchema },
    rules: { oas3: Object.fromEntries(rules.map((rule) => [rule.id, visitorOf(rule)])) },
    configs: { all: { rules: Object.fromEntries(rules.map((rule) => [`gpu/${rule.id}`, "error"])) } },
  };
}
