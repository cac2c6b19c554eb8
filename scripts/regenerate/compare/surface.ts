// Whether code that was written against a package's old types still compiles against the new ones.
import { isDeepStrictEqual } from "node:util";
import { openEnumNames, schemaNames } from "@gpu-scripts/codegen/types.ts";
import { type JsonObject, jsonPointer } from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import ts from "typescript";
import type { ChangeFacts } from "../change.ts";
import type { Impact } from "../impact.ts";
import type { Finding } from "./finding.ts";
import { operationName, Usage } from "./usage.ts";

/** One version of a package: its document and the text of its `schema.ts`. */
export interface Version {
  document: JsonObject;
  schema: string;
}

/** What a change of the generated types means for callers. */
export function surfaceFindings(before: Version, after: Version): Finding[] {
  if (before.schema === after.schema) return [];
  const { checker, old, fresh } = load(before.schema, after.schema);
  return [
    ...compareOperations(checker, old, fresh, renames(before.document, after.document)),
    ...compareRoutes(before.document, after.document),
    ...compareExports(checker, old, fresh, before.document, after.document),
  ];
}

interface Loaded {
  checker: ts.TypeChecker;
  old: ts.SourceFile;
  fresh: ts.SourceFile;
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  noLib: true,
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
};

/**
 * The part of the standard library that generated types need: the whole one takes longer to read than most documents. A name that
 * is missing here turns types into `any`, which fit everything; a primitive without members fits an object of optional fields.
 */
const library = ts.createSourceFile(
  "/library.d.ts",
  `interface Object {} interface Function {} interface CallableFunction extends Function {} interface NewableFunction extends Function {}
interface IArguments {} interface RegExp {}
interface String { trim(): string } interface Number { toFixed(): string } interface Boolean { valueOf(): boolean }
interface Array<T> { length: number; [index: number]: T }
interface ReadonlyArray<T> { readonly length: number; readonly [index: number]: T }
type Record<K extends keyof any, T> = { [P in K]: T };
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Exclude<T, U> = T extends U ? never : T;
type Extract<T, U> = T extends U ? T : never;
type Omit<T, K extends keyof any> = Pick<T, Exclude<keyof T, K>>;`,
  ts.ScriptTarget.ES2022,
);

function load(before: string, after: string): Loaded {
  const [old, fresh] = [before, after].map((text, index) => ts.createSourceFile(`/${index}.ts`, text, ts.ScriptTarget.ES2022));
  if (!old || !fresh) throw new Error("two versions are needed");
  const files = new Map([library, old, fresh].map((file) => [file.fileName, file]));
  const program = ts.createProgram([...files.keys()], options, {
    getSourceFile: (name) => files.get(name),
    getDefaultLibFileName: () => library.fileName,
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (name) => files.has(name),
    readFile: () => undefined,
    writeFile: () => undefined,
  });
  const missing = program.getGlobalDiagnostics();
  if (missing.length > 0)
    throw new Error(missing.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " ")).join("; "));
  return { checker: program.getTypeChecker(), old, fresh };
}

function exportedType(checker: ts.TypeChecker, file: ts.SourceFile, name: string): ts.Type | undefined {
  const symbol = exportsOf(checker, file).get(name);
  return symbol && checker.getDeclaredTypeOfSymbol(symbol);
}

function exportsOf(checker: ts.TypeChecker, file: ts.SourceFile): Map<string, ts.Symbol> {
  const module = checker.getSymbolAtLocation(file);
  return new Map((module ? checker.getExportsOfModule(module) : []).map((symbol) => [symbol.name, symbol]));
}

/** New names of operations by old ones, where method and path stayed. */
function renames(before: JsonObject, after: JsonObject): Map<string, string> {
  const fresh = new Map(operationsOf(after).map((operation) => [operationKey(operation), operationName(operation)]));
  return new Map(
    operationsOf(before).flatMap((operation): [string, string][] => {
      const name = fresh.get(operationKey(operation));
      return name === undefined || name === operationName(operation) ? [] : [[operationName(operation), name]];
    }),
  );
}

function compareOperations(
  checker: ts.TypeChecker,
  old: ts.SourceFile,
  fresh: ts.SourceFile,
  renamed: ReadonlyMap<string, string>,
): Finding[] {
  const before = propertiesOf(exportedType(checker, old, "operations"));
  const after = propertiesOf(exportedType(checker, fresh, "operations"));
  const findings: Finding[] = [];
  for (const [name, operation] of before) {
    const counterpart = after.get(name);
    if (!counterpart) {
      const newName = renamed.get(name);
      const facts: ChangeFacts = newName === undefined ? { kind: "call-removed" } : { kind: "call-renamed", name: newName };
      findings.push({ operations: [name], impact: "major", where: "", facts });
      continue;
    }
    if (textOf(operation) === textOf(counterpart) && !refersToSchemas(operation)) continue;
    const parts = propertiesOf(declaredType(checker, operation));
    const comparison = new TypeComparison(checker, name, resultOf(checker, parts.get("responses")));
    const newParts = propertiesOf(declaredType(checker, counterpart));
    for (const part of ["parameters", "requestBody", "responses"] as const) {
      const [a, b] = [parts.get(part), newParts.get(part)];
      if (!a || !b) continue;
      if (part === "requestBody" && isNothing(checker, a) !== isNothing(checker, b)) comparison.compareBodies(b);
      else comparison.compareMember(a, b, part === "responses" ? "out" : "in", [part]);
    }
    findings.push(...comparison.findings);
  }
  for (const name of after.keys()) {
    if (before.has(name)) continue;
    const oldName = [...renamed].find(([, newName]) => newName === name)?.[0];
    const facts: ChangeFacts = oldName === undefined ? { kind: "call-added" } : { kind: "call-was-renamed", name: oldName };
    findings.push({ operations: [name], impact: "minor", where: "", facts });
  }
  return findings;
}

/** Calls by `http`: a route that is gone breaks them, even where the named call stays. */
function compareRoutes(before: JsonObject, after: JsonObject): Finding[] {
  const kept = new Set(operationsOf(after).map(operationKey));
  const names = new Set(operationsOf(after).map(operationName));
  return operationsOf(before)
    .filter((operation) => names.has(operationName(operation)) && !kept.has(operationKey(operation)))
    .map((operation) => {
      const facts: ChangeFacts = { kind: "route-removed", route: operationKey(operation) };
      return { operations: [operationName(operation)], impact: "major", where: "/path", facts };
    });
}

function compareExports(
  checker: ts.TypeChecker,
  old: ts.SourceFile,
  fresh: ts.SourceFile,
  before: JsonObject,
  after: JsonObject,
): Finding[] {
  // `schema.ts` has aliases of responses and parameters too, which the package does not export.
  const exported = (file: ts.SourceFile, document: JsonObject) => {
    const names = new Set([...schemaNames(document), ...openEnumNames(document).map((name) => `Known${name}`)]);
    return new Map([...exportsOf(checker, file)].filter(([name]) => names.has(name)));
  };
  const [oldExports, newExports] = [exported(old, before), exported(fresh, after)];
  const [usedBefore, usedAfter] = [new Usage(before), new Usage(after)];
  const findings: Finding[] = [];
  const add = (name: string, impact: Impact, facts: ChangeFacts) => {
    const schema = `/components/schemas/${name.replace(/^Known(?=[A-Z])/, "")}`;
    const operations = [...new Set([...usedBefore.operationsAt(schema), ...usedAfter.operationsAt(schema)])];
    findings.push({ operations, impact, where: `/exports/${name}`, facts });
  };
  for (const [name, symbol] of oldExports) {
    const counterpart = newExports.get(name);
    if (!counterpart) {
      add(name, "major", { kind: "type-removed", type: name });
    } else if (/^Known[A-Z]/.test(name)) {
      const [values, newValues] = [literalsOf(checker, symbol), literalsOf(checker, counterpart)];
      const removed = values.filter((value) => !newValues.includes(value));
      const added = newValues.filter((value) => !values.includes(value));
      if (removed.length > 0) add(name, "major", { kind: "known-values-removed", type: name, values: removed });
      if (added.length > 0) add(name, "minor", { kind: "known-values-added", type: name, values: added });
    }
  }
  for (const name of newExports.keys()) {
    if (!oldExports.has(name)) add(name, "minor", { kind: "type-added", type: name });
  }
  return findings;
}

function literalsOf(checker: ts.TypeChecker, alias: ts.Symbol): string[] {
  return membersOf(checker.getDeclaredTypeOfSymbol(alias)).flatMap((member) =>
    member.isStringLiteral() ? [`"${member.value}"`] : [],
  );
}

/** What callers send must fit the new types; what they receive must still fit old code. */
type Direction = "in" | "out";

/** Pairs of types that are compared for one operation. */
const mostPairs = 1_000_000;

/** Compares what one operation sends and receives. */
class TypeComparison {
  readonly findings: Finding[] = [];
  readonly #checker: ts.TypeChecker;
  readonly #operation: string;
  /** What the call returned before. */
  readonly #result: readonly ts.Type[];
  #compared = 0;
  /** Pairs that are being compared in an outer call: a recursive schema ends there. */
  readonly #open: [ts.Type, ts.Type][] = [];

  constructor(checker: ts.TypeChecker, operation: string, result: readonly ts.Type[]) {
    this.#checker = checker;
    this.#operation = operation;
    this.#result = result;
  }

  /** A body that was added or removed. */
  compareBodies(after: ts.Symbol): void {
    const place = "/requestBody";
    if (isNothing(this.#checker, after)) this.#add("major", { kind: "removed", place });
    else if (isOptional(after)) this.#add("minor", { kind: "added", place });
    else this.#add("major", { kind: "added-required", place });
  }

  compareMember(before: ts.Symbol, after: ts.Symbol, direction: Direction, steps: readonly string[]): void {
    // A group of parameters becomes required with one of its parameters, which is reported itself.
    const isGroup = steps[0] === "parameters" && steps.length === 2;
    const place = jsonPointer(steps);
    if (!isGroup && isOptional(before) && !isOptional(after)) {
      if (direction === "in") this.#add("major", { kind: "required", place });
      else this.#add("minor", { kind: "always-present", place });
    }
    if (!isGroup && !isOptional(before) && isOptional(after)) {
      if (direction === "in") this.#add("minor", { kind: "optional", place });
      else this.#add("major", { kind: "may-be-missing", place });
    }
    this.#compare(declaredType(this.#checker, before), declaredType(this.#checker, after), direction, steps);
  }

  #compare(before: ts.Type, after: ts.Type, direction: Direction, steps: readonly string[]): void {
    this.#compared += 1;
    if (this.#compared > mostPairs) {
      throw new UserError(`the types of ${this.#operation} refer to each other in too many ways to be compared`);
    }
    if (before === after || this.#open.some(([a, b]) => a === before && b === after)) return;
    this.#open.push([before, after]);
    const [old, fresh] = [split(before), split(after)];
    if (old.objects.length <= 1 && fresh.objects.length <= 1 && !this.#arrayAgainstMap(old.objects[0], fresh.objects[0])) {
      this.#compareObjects(old, fresh, direction, steps);
    } else {
      this.#compareVariants(old.objects, fresh.objects, before, after, direction, steps);
    }
    this.#compareMembers(old.others, fresh.others, before, after, direction, steps);
    this.#open.pop();
  }

  #arrayAgainstMap(old: ts.Type | undefined, fresh: ts.Type | undefined): boolean {
    return old !== undefined && fresh !== undefined && this.#checker.isArrayType(old) !== this.#checker.isArrayType(fresh);
  }

  /** One object on each side, or one on one side: by their properties. */
  #compareObjects(old: Split, fresh: Split, direction: Direction, steps: readonly string[]): void {
    const [a, b] = [old.objects[0], fresh.objects[0]];
    // `never` means that nothing is sent or received: treated as an object without properties.
    const fitsOneOf = (type: ts.Type, others: readonly ts.Type[]) =>
      others.some((other) => this.#checker.isTypeAssignableTo(type, other));
    if (!a && !old.isNever) {
      if (b && !fitsOneOf(b, old.others)) this.#addMember(b, direction, steps);
      return;
    }
    if (!b && !fresh.isNever) {
      if (a && !fitsOneOf(a, fresh.others)) this.#removeMember(a, direction, steps);
      if (a && direction === "out") this.#compareKeys([a], [], direction, steps);
      return;
    }
    if (a && b && this.#checker.isArrayType(a)) {
      const [item, newItem] = [a, b].map((array) => this.#checker.getTypeArguments(array as ts.TypeReference)[0]);
      if (item && newItem) this.#compare(item, newItem, direction, [...steps, "items"]);
      return;
    }
    const [properties, newProperties] = [propertiesOf(a), propertiesOf(b)];
    const [index, newIndex] = [a, b].map((type) => type && this.#checker.getIndexTypeOfType(type, ts.IndexKind.String));
    for (const [name, property] of properties) {
      const counterpart = newProperties.get(name);
      const inner = this.#step(steps, name);
      if (counterpart) this.compareMember(property, counterpart, direction, inner);
      else if (isNothing(this.#checker, property)) continue;
      else if (!newIndex || (direction === "out" && (newIndex.flags & ts.TypeFlags.Unknown) !== 0))
        this.#add("major", { kind: "removed", place: jsonPointer(inner) });
      else this.#compare(declaredType(this.#checker, property), newIndex, direction, inner);
    }
    for (const [name, property] of newProperties) {
      if (properties.has(name) || isNothing(this.#checker, property)) continue;
      const inner = this.#step(steps, name);
      const place = jsonPointer(inner);
      if (direction === "in" && !isOptional(property)) this.#add("major", { kind: "added-required", place });
      else if (this.#widensResult(property, inner)) this.#add("major", { kind: "added-result", place });
      else this.#add("minor", { kind: "added", place });
    }
    if (index && newIndex) this.#compare(index, newIndex, direction, [...steps, "additionalProperties"]);
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

  /** Several objects on a side: those that a literal field tells apart by their properties, others by what fits what. */
  #compareVariants(
    old: readonly ts.Type[],
    fresh: readonly ts.Type[],
    before: ts.Type,
    after: ts.Type,
    direction: Direction,
    steps: readonly string[],
  ): void {
    const [variants, newVariants] = [this.#variants(old), this.#variants(fresh)];
    const pairs = [...variants].flatMap(([kind, a]): [ts.Type, ts.Type][] => {
      const b = newVariants.get(kind);
      return b ? [[a, b]] : [];
    });
    for (const [a, b] of pairs) this.#compareObjects(split(a), split(b), direction, steps);
    const isAlone = (member: ts.Type) => !pairs.some((pair) => pair.includes(member));
    this.#compareMembers(old.filter(isAlone), fresh.filter(isAlone), before, after, direction, steps);
    this.#compareKeys(old, fresh, direction, steps);
  }

  /** Objects by the literal field that tells them apart; none when there is no such field. */
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

  /** Several objects on a side, or no objects: by what fits what. */
  #compareMembers(
    old: readonly ts.Type[],
    fresh: readonly ts.Type[],
    before: ts.Type,
    after: ts.Type,
    direction: Direction,
    steps: readonly string[],
  ): void {
    const removed = old.filter((member) => !this.#checker.isTypeAssignableTo(member, after));
    const added = fresh.filter((member) => !this.#checker.isTypeAssignableTo(member, before));
    for (const member of removed) this.#removeMember(member, direction, steps);
    for (const member of added) this.#addMember(member, direction, steps);
  }

  #addMember(member: ts.Type, direction: Direction, steps: readonly string[]): void {
    const facts = { place: jsonPointer(steps), type: this.#print(member) };
    this.#add(direction === "in" ? "minor" : "major", { kind: "may-be", ...facts });
  }

  #removeMember(member: ts.Type, direction: Direction, steps: readonly string[]): void {
    const facts = { place: jsonPointer(steps), type: this.#print(member) };
    this.#add(direction === "in" ? "major" : "minor", { kind: "cannot-be", ...facts });
  }

  /** What the members have under one name is read and sent as one: it may be gone, new, or of other types. */
  #compareKeys(old: readonly ts.Type[], fresh: readonly ts.Type[], direction: Direction, steps: readonly string[]): void {
    const fits = (type: ts.Type, others: readonly ts.Type[]) =>
      others.some((other) => this.#checker.isTypeAssignableTo(type, other));
    const names = [...old, ...fresh].flatMap((member) =>
      this.#checker.isArrayType(member) ? [] : [...propertiesOf(member).keys()],
    );
    for (const name of new Set(names)) {
      const inner = this.#step(steps, name);
      const [types, newTypes] = [this.#fieldOf(old, name), this.#fieldOf(fresh, name)];
      if (newTypes.length === 0) this.#add("major", { kind: "removed", place: jsonPointer(inner) });
      else if (types.length === 0) this.#add("minor", { kind: "added", place: jsonPointer(inner) });
      else {
        for (const type of types) if (!fits(type, newTypes)) this.#removeMember(type, direction, inner);
        for (const type of newTypes) if (!fits(type, types)) this.#addMember(type, direction, inner);
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

  #step(steps: readonly string[], name: string): string[] {
    // After `content` and its media type come the fields of a body; everything outside is named as in a document.
    const content = steps.indexOf("content");
    if (content === -1 || steps.length < content + 2) return [...steps, name];
    return steps.length === content + 2 ? [...steps, "schema", "properties", name] : [...steps, "properties", name];
  }

  #add(impact: Impact, facts: Extract<ChangeFacts, { place: string }>): void {
    const known = this.findings.some((finding) => isDeepStrictEqual(finding.facts, facts) && finding.impact === impact);
    if (!known) this.findings.push({ operations: [this.#operation], impact, where: facts.place, facts });
  }

  #print(type: ts.Type): string {
    const text = this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation).replace(/\s+/g, " ");
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
  }
}

/** The contents of all successes of an operation. */
function resultOf(checker: ts.TypeChecker, responses: ts.Symbol | undefined): ts.Type[] {
  const byStatus = propertiesOf(responses && declaredType(checker, responses));
  return [...byStatus].flatMap(([status, response]) => (isSuccess(status) ? contentsOf(checker, response) : []));
}

function isSuccess(status: string): boolean {
  return /^2\w\w$/.test(status);
}

function contentsOf(checker: ts.TypeChecker, response: ts.Symbol): ts.Type[] {
  const content = propertiesOf(declaredType(checker, response)).get("content");
  if (!content || isNothing(checker, content)) return [];
  return [...propertiesOf(declaredType(checker, content)).values()].flatMap((media) => membersOf(declaredType(checker, media)));
}

function membersOf(type: ts.Type): ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

interface Split {
  objects: ts.Type[];
  others: ts.Type[];
  isNever: boolean;
}

function split(type: ts.Type): Split {
  if ((type.flags & ts.TypeFlags.Never) !== 0) return { objects: [], others: [], isNever: true };
  const members = (type.isUnion() ? type.types : [type]).filter((member) => (member.flags & ts.TypeFlags.Undefined) === 0);
  const isObjectType = (member: ts.Type) =>
    (member.flags & ts.TypeFlags.Object) !== 0 || (member.isIntersection() && !isOpenString(member));
  return { objects: members.filter(isObjectType), others: members.filter((member) => !isObjectType(member)), isNever: false };
}

/** `string & {}`: the values of an open enum that are not known. */
function isOpenString(type: ts.IntersectionType): boolean {
  return type.types.some((member) => (member.flags & ts.TypeFlags.StringLike) !== 0);
}

function isOptional(property: ts.Symbol): boolean {
  return (property.flags & ts.SymbolFlags.Optional) !== 0;
}

function isNothing(checker: ts.TypeChecker, property: ts.Symbol): boolean {
  return (declaredType(checker, property).flags & ts.TypeFlags.Never) !== 0;
}

function propertiesOf(type: ts.Type | undefined): Map<string, ts.Symbol> {
  return new Map((type?.getProperties() ?? []).map((property) => [property.name, property]));
}

/** A property's type as written, without the `undefined` of an optional one. */
function declaredType(checker: ts.TypeChecker, property: ts.Symbol): ts.Type {
  const declaration = property.valueDeclaration;
  return declaration && ts.isPropertySignature(declaration) && declaration.type
    ? checker.getTypeFromTypeNode(declaration.type)
    : checker.getTypeOfSymbol(property);
}

function textOf(symbol: ts.Symbol): string {
  const declaration = symbol.valueDeclaration;
  return declaration ? declaration.getText(declaration.getSourceFile()) : "";
}

function refersToSchemas(symbol: ts.Symbol): boolean {
  return textOf(symbol).includes("components[");
}
