import {
  isObject,
  type JsonObject,
  jsonPointer,
  pointerSteps,
  resolvePointer,
  stringAt,
  walkObjects,
} from "@gpu-scripts/openapi/json.ts";
import { httpMethods, type Operation, operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";

/** How reports name an operation: its `operationId`, or `METHOD /path` where there is none. */
export function operationName(operation: Operation): string {
  return stringAt(operation.object, "operationId") ?? operationKey(operation);
}

/** Which operations use which component, over any number of references. */
export class Usage {
  /** Operation names by component, such as `/components/schemas/Instance`. */
  readonly #operations = new Map<string, Set<string>>();
  readonly #names = new Map<string, string>();

  constructor(document: JsonObject) {
    for (const operation of operationsOf(document)) {
      const name = operationName(operation);
      this.#names.set(operationKey(operation), name);
      this.#visit(document, operation.object, name);
      for (const scheme of securitySchemesOf(document, operation.object))
        this.#add(`/components/securitySchemes/${scheme}`, name);
    }
  }

  /** The operations that a JSON pointer into the document concerns; none when it concerns the whole document. */
  operationsAt(pointer: string): string[] {
    const [top, first, second] = pointerSteps(pointer);
    if (top === "paths" && first !== undefined) {
      if (second !== undefined && (httpMethods as readonly string[]).includes(second)) {
        const own = this.#names.get(operationKey({ method: second, path: first }));
        return own === undefined ? [] : [own];
      }
      return [...this.#names].flatMap(([key, name]) => (key.slice(key.indexOf(" ") + 1) === first ? [name] : []));
    }
    if (top === "components" && first !== undefined && second !== undefined) {
      return [...(this.#operations.get(jsonPointer(["components", first, second])) ?? [])];
    }
    return [];
  }

  #visit(document: JsonObject, value: JsonObject, name: string): void {
    walkObjects(value, (object, location) => {
      if (location.includes("example") || location.includes("examples")) return;
      const ref = stringAt(object, "$ref");
      if (!ref?.startsWith("#/components/")) return;
      const component = ref.slice(1).split("/").slice(0, 4).join("/");
      if (!this.#add(component, name)) return;
      const target = resolvePointer(document, component);
      if (isObject(target)) this.#visit(document, target, name);
    });
  }

  #add(component: string, name: string): boolean {
    const names = this.#operations.get(component) ?? new Set();
    this.#operations.set(component, names);
    if (names.has(name)) return false;
    names.add(name);
    return true;
  }
}

function securitySchemesOf(document: JsonObject, operation: JsonObject): string[] {
  const requirements = operation["security"] ?? document["security"];
  return (Array.isArray(requirements) ? requirements : []).flatMap((requirement) =>
    Object.keys(isObject(requirement) ? requirement : {}),
  );
}
