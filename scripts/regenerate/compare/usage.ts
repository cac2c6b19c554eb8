import { type JsonObject, jsonPointer, pointerSteps } from "@gpu-scripts/openapi/json.ts";
import { httpMethods, type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { reachableFrom } from "@gpu-scripts/openapi/reachable.ts";

/** Which operations of a document use which part of it. */
export class Usage {
  readonly #document: JsonObject;
  readonly #operations: Operation[];
  /** References to the components that each operation reaches. */
  readonly #reached = new Map<Operation, Set<string>>();

  constructor(document: JsonObject) {
    this.#document = document;
    this.#operations = operationsOf(document);
  }

  /** The operations that a JSON pointer into the document concerns; none when it concerns the whole document. */
  operationsAt(pointer: string): Operation[] {
    const [top, first = "", second = ""] = pointerSteps(pointer);
    const component = `#${jsonPointer(["components", first, second])}`;
    if (top === "components") return this.#operations.filter((operation) => this.#reachedBy(operation).has(component));
    if (top !== "paths") return [];
    const isShared = !(httpMethods as readonly string[]).includes(second);
    return this.#operations.filter(({ path, method }) => path === first && (isShared || method === second));
  }

  #reachedBy(operation: Operation): Set<string> {
    const known = this.#reached.get(operation);
    if (known) return known;
    const security = this.#document["security"] ?? [];
    const reached = reachableFrom({ [operation.method]: { security, ...operation.object } }, this.#document);
    this.#reached.set(operation, reached);
    return reached;
  }
}
