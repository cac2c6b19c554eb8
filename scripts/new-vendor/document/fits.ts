import { createContext, Script } from "node:vm";
import { isObject, type JsonObject, type JsonValue } from "@gpu-scripts/openapi/json.ts";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** Milliseconds that a pattern may take over one text; some patterns take longer than anybody waits. */
const patternMs = 50;

const context = createContext({ found: { pattern: /(?:)/, text: "" } });
const match = new Script("found.pattern.test(found.text)");

/** A pattern of the vendor's that gives up in time; from then on it lets every text pass. */
function boundedPattern(source: string, flags: string) {
  const pattern = new RegExp(source, flags);
  let isTooSlow = false;
  return {
    test(text: string): boolean {
      if (isTooSlow) return true;
      context["found"] = { pattern, text };
      try {
        return match.runInContext(context, { timeout: patternMs }) as boolean;
      } catch {
        isTooSlow = true;
        return true;
      }
    },
    toString: () => String(pattern),
  };
}
boundedPattern.code = "boundedPattern";

const ajv = new Ajv2020({ strict: false, logger: false, code: { regExp: boundedPattern } });
addFormats.default(ajv);

/** Those that are made already: the same fields are tried with one value after the other. */
const validators = new WeakMap<JsonObject, WeakMap<JsonObject, ValidateFunction | undefined>>();

/** Whether a value is what a schema of the document says. What cannot be checked, such as a pattern of another language, fits. */
export function fits(document: JsonObject, schema: JsonValue | undefined, value: JsonValue): boolean {
  if (!isObject(schema)) return schema !== false;
  const known = validators.get(document) ?? new WeakMap<JsonObject, ValidateFunction | undefined>();
  validators.set(document, known);
  if (!known.has(schema)) known.set(schema, compile(document, schema));
  return known.get(schema)?.(value) ?? true;
}

/** References lead into the components, which stand beside what is checked. */
function compile(document: JsonObject, schema: JsonObject): ValidateFunction | undefined {
  try {
    return ajv.compile({ ...schema, components: document["components"] });
  } catch {
    return undefined;
  }
}
