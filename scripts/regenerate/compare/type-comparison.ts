import { isDeepStrictEqual } from "node:util";
import { jsonPointer } from "@gpu-scripts/openapi/json.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import ts from "typescript";
import type { ChangeFacts } from "../change.ts";
import type { Impact } from "../impact.ts";
import type { Difference } from "./difference.ts";
import { contentsOf, declaredType, isNothing, isOptional, isSuccess, membersOf, propertiesOf } from "./types.ts";

/** What callers send must fit the new types; what they receive must still fit old code. */
type Direction = "in" | "out";

/** Pairs of types that are compared for one part of an operation. */
const mostPairs = 1_000_000;

/** Compares what one part of an operation sends or receives. */
export class TypeComparison {
  readonly differences: Difference[] = [];
  readonly #checker: ts.TypeChecker;
  readonly #operation: string;
  readonly #direction: Direction;
  /** What the call returned before. */
  readonly #result: readonly ts.Type[];
  #compared = 0;
  /** Pairs that are being compared in an outer call: a recursive schema ends there. */
  readonly #open: [ts.Type, ts.Type][] = [];

  constructor(checker: ts.TypeChecker, operation: string, direction: Direction, result: readonly ts.Type[]) {
    this.#checker = checker;
    this.#operation = operation;
    this.#direction = direction;
    this.#result = result;
  }

  /** A body that was added or removed. */
  compareBodies(after: ts.Symbol): void {
    const place = "/requestBody";
    if (isNothing(this.#checker, after)) this.#add("major", { kind: "removed", place });
    else if (isOptional(after)) this.#add("minor", { kind: "added", place });
    else this.#add("major", { kind: "added-required", place });
  }

  compareMember(before: ts.Symbol, after: ts.Symbol, steps: readonly string[]): void {
    // A group of parameters becomes required with one of its parameters, which is reported itself.
    const isGroup = steps[0] === "parameters" && steps.length === 2;
    const isSent = this.#direction === "in";
    const place = jsonPointer(steps);
    if (!isGroup && isOptional(before) && !isOptional(after))
      this.#add(isSent ? "major" : "minor", { kind: isSent ? "required" : "always-present", place });
    if (!isGroup && !isOptional(before) && isOptional(after))
      this.#add(isSent ? "minor" : "major", { kind: isSent ? "optional" : "may-be-missing", place });
    this.#compare(declaredType(this.#checker, before), declaredType(this.#checker, after), steps);
  }

  #compare(before: ts.Type, after: ts.Type, steps: readonly string[]): void {
    this.#compared += 1;
    if (this.#compared > mostPairs) {
      throw new UserError(`the types of ${this.#operation} refer to each other in too many ways to be compared`);
    }
    if (before === after || this.#open.some(([a, b]) => a === before && b === after)) return;
    this.#open.push([before, after]);
    const [old, fresh] = [split(before), split(after)];
    if (old.objects.length <= 1 && fresh.objects.length <= 1 && !this.#arrayAgainstMap(old.objects[0], fresh.objects[0]))
      this.#compareObjects(old, fresh, steps);
    else this.#compareVariants(old.objects, fresh.objects, before, after, steps);
    this.#compareMembers(old.others, fresh.others, before, after, steps);
    this.#open.pop();
  }

  #arrayAgainstMap(old: ts.Type | undefined, fresh: ts.Type | undefined): boolean {
    return old !== undefined && fresh !== undefined && this.#checker.isArrayType(old) !== this.#checker.isArrayType(fresh);
  }

  /** One object on each side, or one on one side: by their properties. */
  #compareObjects(old: Split, fresh: Split, steps: readonly string[]): void {
    const [a, b] = [old.objects[0], fresh.objects[0]];
    // `never` means that nothing is sent or received: treated as an object without properties.
    if (!a && !old.isNever) {
      if (b && !this.#fitsOneOf(b, old.others)) this.#addMember(b, steps);
      return;
    }
    if (!b && !fresh.isNever) {
      if (a && !this.#fitsOneOf(a, fresh.others)) this.#removeMember(a, steps);
      if (a && this.#direction === "out") this.#compareKeys([a], [], steps);
      return;
    }
    if (a && b && this.#checker.isArrayType(a)) {
      const [item, newItem] = [a, b].map((array) => this.#checker.getTypeArguments(array as ts.TypeReference)[0]);
      if (item && newItem) this.#compare(item, newItem, [...steps, "items"]);
      return;
    }
    const [properties, newProperties] = [propertiesOf(a), propertiesOf(b)];
    const [index, newIndex] = [a, b].map((type) => type && this.#checker.getIndexTypeOfType(type, ts.IndexKind.String));
    for (const [name, property] of properties) {
      const counterpart = newProperties.get(name);
      const inner = stepTo(steps, name);
      if (counterpart) this.compareMember(property, counterpart, inner);
      else if (isNothing(this.#checker, property)) continue;
      else if (!newIndex || (this.#direction === "out" && (newIndex.flags & ts.TypeFlags.Unknown) !== 0))
        this.#add("major", { kind: "removed", place: jsonPointer(inner) });
      else this.#compare(declaredType(this.#checker, property), newIndex, inner);
    }
    for (const [name, property] of newProperties) {
      if (properties.has(name) || isNothing(this.#checker, property)) continue;
      const inner = stepTo(steps, name);
      const place = jsonPointer(inner);
      if (this.#direction === "in" && !isOptional(property)) this.#add("major", { kind: "added-required", place });
      else if (this.#widensResult(property, inner)) this.#add("major", { kind: "added-result", place });
      else this.#add("minor", { kind: "added", place });
    }
    if (index && newIndex) this.#compare(index, newIndex, [...steps, "additionalProperties"]);
    else if (index && !newIndex) this.#add("major", { kind: "keys-limited", place: jsonPointer(steps) });
    else if (a && newIndex) this.#add("minor", { kind: "keys-opened", place: jsonPointer(steps) });
  }

  /** Whether a new success, or new content of one, has a type that the call did not return before: its result is a union over all of them. */
  #widensResult(added: ts.Symbol, steps: readonly string[]): boolean {
    const [top, status] = steps;
    if (top !== "responses" || status === undefined || !isSuccess(status)) return false;
    const isMedia = steps.length === 4 && steps[2] === "content";
    if (!isMedia && steps.length !== 2) return false;
    const given = isMedia ? membersOf(declaredType(this.#checker, added)) : contentsOf(this.#checker, added);
    return given.some((type) => !this.#result.some((known) => this.#checker.isTypeAssignableTo(type, known)));
  }

  /** Several objects on a side: those with the same literal field by their properties, the others by what is assignable. */
  #compareVariants(
    old: readonly ts.Type[],
    fresh: readonly ts.Type[],
    before: ts.Type,
    after: ts.Type,
    steps: readonly string[],
  ): void {
    const [variants, newVariants] = [this.#variants(old), this.#variants(fresh)];
    const pairs = [...variants].flatMap(([kind, a]): [ts.Type, ts.Type][] => {
      const b = newVariants.get(kind);
      return b ? [[a, b]] : [];
    });
    for (const [a, b] of pairs) this.#compareObjects(split(a), split(b), steps);
    const isAlone = (member: ts.Type) => !pairs.some((pair) => pair.includes(member));
    this.#compareMembers(old.filter(isAlone), fresh.filter(isAlone), before, after, steps);
    this.#compareKeys(old, fresh, steps);
  }

  /** Objects by the literal field that distinguishes them; empty without such a field. */
  #variants(objects: readonly ts.Type[]): Map<string, ts.Type> {
    for (const name of propertiesOf(objects[0]).keys()) {
      const kinds = new Map<string, ts.Type>();
      for (const object of objects) {
        const property = object.getProperty(name);
        const type = property && declaredType(this.#checker, property);
        if (type?.isStringLiteral()) kinds.set(`${name} ${type.value}`, object);
      }
      if (kinds.size === objects.length) return kinds;
    }
    return new Map();
  }

  /** Members of unions: by what is assignable. */
  #compareMembers(
    old: readonly ts.Type[],
    fresh: readonly ts.Type[],
    before: ts.Type,
    after: ts.Type,
    steps: readonly string[],
  ): void {
    for (const member of old) if (!this.#checker.isTypeAssignableTo(member, after)) this.#removeMember(member, steps);
    for (const member of fresh) if (!this.#checker.isTypeAssignableTo(member, before)) this.#addMember(member, steps);
  }

  #addMember(member: ts.Type, steps: readonly string[]): void {
    const impact = this.#direction === "in" ? "minor" : "major";
    this.#add(impact, { kind: "may-be", place: jsonPointer(steps), type: this.#print(member) });
  }

  #removeMember(member: ts.Type, steps: readonly string[]): void {
    const impact = this.#direction === "in" ? "major" : "minor";
    this.#add(impact, { kind: "cannot-be", place: jsonPointer(steps), type: this.#print(member) });
  }

  /** Fields that the members of a union have under one name: they may be removed, new, or of other types. */
  #compareKeys(old: readonly ts.Type[], fresh: readonly ts.Type[], steps: readonly string[]): void {
    const names = [...old, ...fresh].flatMap((member) =>
      this.#checker.isArrayType(member) ? [] : [...propertiesOf(member).keys()],
    );
    for (const name of new Set(names)) {
      const inner = stepTo(steps, name);
      const [types, newTypes] = [this.#fieldOf(old, name), this.#fieldOf(fresh, name)];
      if (newTypes.length === 0) this.#add("major", { kind: "removed", place: jsonPointer(inner) });
      else if (types.length === 0) this.#add("minor", { kind: "added", place: jsonPointer(inner) });
      else {
        for (const type of types) if (!this.#fitsOneOf(type, newTypes)) this.#removeMember(type, inner);
        for (const type of newTypes) if (!this.#fitsOneOf(type, types)) this.#addMember(type, inner);
      }
    }
  }

  /** The types that the members have under a name; one with any key has every name. */
  #fieldOf(members: readonly ts.Type[], name: string): ts.Type[] {
    return members.flatMap((member) => {
      if (this.#checker.isArrayType(member)) return [];
      const property = member.getProperty(name);
      const type = property ? declaredType(this.#checker, property) : member.getStringIndexType();
      return type ? membersOf(type) : [];
    });
  }

  #fitsOneOf(type: ts.Type, others: readonly ts.Type[]): boolean {
    return others.some((other) => this.#checker.isTypeAssignableTo(type, other));
  }

  #add(impact: Impact, facts: Extract<ChangeFacts, { place: string }>): void {
    const known = this.differences.some(
      (difference) => isDeepStrictEqual(difference.facts, facts) && difference.impact === impact,
    );
    if (!known) this.differences.push({ operations: [this.#operation], impact, where: facts.place, facts });
  }

  #print(type: ts.Type): string {
    const text = this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation).replace(/\s+/g, " ");
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
  }
}

/** The steps to a field. After `content` and its media type come the fields of a body; everything outside is named as in a document. */
function stepTo(steps: readonly string[], name: string): string[] {
  const content = steps.indexOf("content");
  if (content === -1 || steps.length < content + 2) return [...steps, name];
  return steps.length === content + 2 ? [...steps, "schema", "properties", name] : [...steps, "properties", name];
}

interface Split {
  objects: ts.Type[];
  others: ts.Type[];
  isNever: boolean;
}

function split(type: ts.Type): Split {
  if ((type.flags & ts.TypeFlags.Never) !== 0) return { objects: [], others: [], isNever: true };
  const members = membersOf(type).filter((member) => (member.flags & ts.TypeFlags.Undefined) === 0);
  const isObjectType = (member: ts.Type) =>
    (member.flags & ts.TypeFlags.Object) !== 0 || (member.isIntersection() && !isOpenString(member));
  return { objects: members.filter(isObjectType), others: members.filter((member) => !isObjectType(member)), isNever: false };
}

/** `string & {}`: the values of an open enum that are not known. */
function isOpenString(type: ts.IntersectionType): boolean {
  return type.types.some((member) => (member.flags & ts.TypeFlags.StringLike) !== 0);
}
