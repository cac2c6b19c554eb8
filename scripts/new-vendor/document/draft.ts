import {
  isObject,
  type JsonObject,
  type JsonValue,
  jsonPointer,
  pointerSteps,
  readReference,
  walkObjects,
} from "@gpu-scripts/openapi/json.ts";
import { OverlayApplier } from "@gpu-scripts/openapi/overlay.ts";

/** The steps that lead to a node of a document. */
export type Location = readonly (string | number)[];

/** Actions of an overlay that belong together. */
export interface ActionGroup {
  title: string;
  actions: JsonObject[];
}

/**
 * A vendor's document with the overlay that is being written for it. Each action is applied as it is written, as strictly as
 * composing applies it; so what the next one is derived from is the document as it then stands.
 */
export class Draft {
  readonly id: string;
  /** What a person has to look at, a line each. */
  readonly left: string[] = [];
  readonly #applier: OverlayApplier;
  readonly #groups: ActionGroup[] = [];
  readonly #copied = new Set<string>();

  constructor(id: string, upstream: JsonObject) {
    this.id = id;
    this.#applier = new OverlayApplier(upstream);
  }

  get document(): JsonObject {
    return this.#applier.document;
  }

  get groups(): readonly ActionGroup[] {
    return this.#groups.filter(({ actions }) => actions.length > 0);
  }

  /** Opens a group: the actions that follow are in it. */
  group(title: string): void {
    this.#groups.push({ title, actions: [] });
  }

  /** What stands at a location; the next action may change it in place, so read what you need of it first. */
  at(location: Location): JsonValue | undefined {
    let node: JsonValue | undefined = this.document;
    for (const step of location) {
      if (Array.isArray(node)) node = node[Number(step)];
      else if (isObject(node)) node = node[String(step)];
      else return undefined;
    }
    return node;
  }

  /** Merges a value into what stands at a location. */
  update(location: Location, description: string, value: JsonValue): void {
    this.#apply({ target: jsonPathOf(location), description, update: value });
  }

  /** Removes a node, which must be as it is now unless it was copied. */
  remove(location: Location, description: string): void {
    const wasCopied = location.some((_, index) => this.#copied.has(jsonPointer(location.slice(0, index + 1))));
    const expected = wasCopied ? {} : { "x-expect": structuredClone(this.at(location) ?? null) };
    this.#apply({ target: jsonPathOf(location), description, ...expected, remove: true });
  }

  /** Removes a node if there is one. */
  removeIfThere(location: Location, description: string): void {
    if (this.at(location) !== undefined) this.remove(location, description);
  }

  /** Copies a node into one that is there, so that what upstream changes in it comes through. */
  copy(from: Location, to: Location, description: string): void {
    this.#apply({ target: jsonPathOf(to), description, copy: jsonPathOf(from) });
    this.#copied.add(jsonPointer(from));
  }

  /** Puts a value of another kind in the place of one. */
  replace(location: Location, description: string, value: JsonValue): void {
    this.remove(location, description);
    this.update(location.slice(0, -1), description, { [String(location.at(-1))]: value });
  }

  /** Gives a node another key; `to` must be free, and its parent there. */
  move(from: Location, to: Location, why: string): void {
    const name = String(to.at(-1));
    this.update(to.slice(0, -1), `Room for ${name}.`, { [name]: Array.isArray(this.at(from)) ? [] : {} });
    this.copy(from, to, why);
    this.remove(from, `Copied to ${name}.`);
  }

  /** Puts what a reference leads to in its place. */
  inline(location: Location, why: string): void {
    const target = this.resolve(location);
    this.remove([...location, "$ref"], why);
    this.copy(target, location, why);
  }

  /** Where a node really stands: what the references at its location lead to. */
  resolve(location: Location): Location {
    let found = location;
    for (let depth = 0; depth < 20; depth += 1) {
      const node = this.at(found);
      const ref = isObject(node) ? node["$ref"] : undefined;
      if (typeof ref !== "string" || !ref.startsWith("#/")) return found;
      found = stepsOf(ref);
    }
    return found;
  }

  /** Makes every reference to a component lead to its new name. */
  follow(from: Location, to: Location): void {
    const [before, after] = [from, to].map((location) => `#${jsonPointer(location)}`) as [string, string];
    for (const [ref, now] of this.#references(before, after)) {
      this.#apply({
        target: `$..[?@['$ref'] == '${quoted(ref)}']`,
        description: "Follows the new name.",
        update: { $ref: now },
      });
    }
    for (const [location, now] of this.#mappings(before, after)) this.update(location, "Follows the new name.", now);
  }

  #references(before: string, after: string): Map<string, string> {
    const found = new Map<string, string>();
    walkObjects(this.document, (object) => {
      const ref = object["$ref"];
      if (typeof ref === "string" && (ref === before || ref.startsWith(`${before}/`)))
        found.set(ref, after + ref.slice(before.length));
    });
    return found;
  }

  #mappings(before: string, after: string): [Location, string][] {
    const found: [Location, string][] = [];
    walkObjects(this.document, (object, location) => {
      if (location.at(-1) !== "mapping" || location.at(-2) !== "discriminator") return;
      for (const [value, target] of Object.entries(object)) {
        if (target === before) found.push([[...location, value], after]);
      }
    });
    return found;
  }

  #apply(action: JsonObject): void {
    const group = this.#groups.at(-1) ?? { title: "", actions: [] };
    const number = this.#groups.reduce((count, { actions }) => count + actions.length, 1);
    this.#applier.applyAction(action, `specs/${this.id}/fixes.overlay.yaml, action ${number} (${String(action["target"])})`);
    group.actions.push(action);
  }
}

/** A location as a JSONPath (RFC 9535), written as people write it. */
function jsonPathOf(location: Location): string {
  const steps = location.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `['${quoted(step)}']`;
  });
  return `$${steps.join("")}`;
}

/** The steps of a reference within the document. */
export function stepsOf(ref: string): string[] {
  return pointerSteps(readReference(ref));
}

function quoted(text: string): string {
  return text.replace(/[\\']/g, "\\$&");
}
