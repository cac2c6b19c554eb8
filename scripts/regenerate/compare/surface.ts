// Whether code that was written against a package's old types still compiles against the new ones.

import { openEnumNames, schemaNames } from "@gpu-scripts/codegen/types.ts";
import { type JsonObject, jsonPointer } from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import ts from "typescript";
import type { Impact } from "../impact.ts";
import { describePlace, type Finding } from "./finding.ts";
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
    ...comparePaths(checker, old, fresh, before.document, after.document),
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
 * All that the types of a document need of a library; the real one takes longer to read than most documents. What lacks here makes
 * types `any`, which fit everything.
 */
const library = ts.createSourceFile(
  "/library.d.ts",
  `interface Object {} interface Function {} interface CallableFunction extends Function {} interface NewableFunction extends Function {}
interface IArguments {} interface String {} interface Number {} interface Boolean {} interface RegExp {}
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
      const message = newName === undefined ? "the call is gone" : `the call is now \`${newName}\``;
      findings.push({ operations: [name], impact: "major", where: "", message });
      continue;
    }
    if (textOf(operation) === textOf(counterpart) && !refersToSchemas(operation)) continue;
    const parts = propertiesOf(declaredType(checker, operation));
    const comparison = new Comparison(checker, name, resultOf(checker, parts.get("responses")));
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
    const message = oldName === undefined ? "the call is new" : `the call was \`${oldName}\` before`;
    findings.push({ operations: [name], impact: "minor", where: "", message });
  }
  return findings;
}

/** `http` calls by path: a path that is gone breaks them, even where the named call goes on. */
function comparePaths(
  checker: ts.TypeChecker,
  old: ts.SourceFile,
  fresh: ts.SourceFile,
  before: JsonObject,
  after: JsonObject,
): Finding[] {
  const kept = propertiesOf(exportedType(checker, fresh, "paths"));
  const names = new Set(operationsOf(after).map(operationName));
  return [...propertiesOf(exportedType(checker, old, "paths")).keys()].flatMap((path) => {
    if (kept.has(path)) return [];
    const operations = operationsOf(before)
      .filter((operation) => operation.path === path)
      .map(operationName);
    const moved = operations.filter((name) => names.has(name));
    return moved.map(
      (name): Finding => ({
        operations: [name],
        impact: "major",
        where: "/path",
        message: `its path \`${path}\` is gone from \`http\``,
      }),
    );
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
  const add = (name: string, impact: Impact, message: string) => {
    const schema = `/components/schemas/${name.replace(/^Known(?=[A-Z])/, "")}`;
    const operations = [...new Set([...usedBefore.operationsAt(schema), ...usedAfter.operationsAt(schema)])];
    findings.push({ operations, impact, where: `/exports/${name}`, message });
  };
  for (const [name, symbol] of oldExports) {
    const counterpart = newExports.get(name);
    if (!counterpart) {
      add(name, "major", `the type \`${name}\` is no longer exported`);
    } else if (/^Known[A-Z]/.test(name)) {
      const [values, newValues] = [symbol, counterpart].map((alias) => literalsOf(checker.getDeclaredTypeOfSymbol(alias)));
      const removed = [...(values ?? [])].filter((value) => !newValues?.has(value));
      const added = [...(newValues ?? [])].filter((value) => !values?.has(value));
      if (removed.length > 0) add(name, "major", `\`${name}\` lost ${removed.join(", ")}`);
      if (added.length > 0) add(name, "minor", `\`${name}\` got ${added.join(", ")}: exhaustive maps need a case for it`);
    }
  }
  for (const name of newExports.keys()) {
    if (!oldExports.has(name)) add(name, "minor", `the type \`${name}\` is new`);
  }
  return findings;
}

function literalsOf(type: ts.Type): Set<string> {
  return new Set(
    (type.isUnion() ? type.types : [type]).flatMap((member) => (member.isStringLiteral() ? [`"${member.value}"`] : [])),
  );
}

/** In what callers send, old code must fit the new types; in what they get, the new types must fit old code. */
type Direction = "in" | "out";

/** Pairs of types that are compared for one operation. */
const mostPairs = 1_000_000;

class Comparison {
  readonly findings: Finding[] = [];
  readonly #checker: ts.TypeChecker;
  readonly #operation: string;
  /** What the call gave before. */
  readonly #result: readonly ts.Type[];
  #compared = 0;
  /** Pairs that are being compared further out: a recursive schema ends there. */
  readonly #open: [ts.Type, ts.Type][] = [];

  constructor(checker: ts.TypeChecker, operation: string, result: readonly ts.Type[]) {
    this.#checker = checker;
    this.#operation = operation;
    this.#result = result;
  }

  /** A body where there was none, or none where there was one. */
  compareBodies(after: ts.Symbol): void {
    if (isNothing(this.#checker, after)) this.#add("major", "was removed", ["requestBody"]);
    else if (isOptional(after)) this.#add("minor", "is new", ["requestBody"]);
    else this.#add("major", "is new and required", ["requestBody"]);
  }

  compareMember(before: ts.Symbol, after: ts.Symbol, direction: Direction, steps: readonly string[]): void {
    // That a group of parameters is now required follows from one of them, which is told itself.
    const isGroup = steps[0] === "parameters" && steps.length === 2;
    if (!isGroup && isOptional(before) && !isOptional(after)) {
      if (direction === "in") this.#add("major", "is now required", steps);
      else this.#add("minor", "is now always there", steps);
    }
    if (!isGroup && !isOptional(before) && isOptional(after)) {
      if (direction === "in") this.#add("minor", "may now be left out", steps);
      else this.#add("major", "may now be missing", steps);
    }
    this.#compare(declaredType(this.#checker, before), declaredType(this.#checker, after), direction, steps);
  }

  #compare(before: ts.Type, after: ts.Type, direction: Direction, steps: readonly string[]): void {
    this.#compared += 1;
    if (this.#compared > mostPairs) {
      throw new UserError(`the types of ${this.#operation} hold each other in too many ways to be compared`);
    }
    if (before === after || this.#open.some(([a, b]) => a === before && b === after)) return;
    this.#open.push([before, after]);
    const [old, fresh] = [split(before), split(after)];
    const found = this.findings.length;
    if (old.objects.length <= 1 && fresh.objects.length <= 1 && !this.#arrayAgainstMap(old.objects[0], fresh.objects[0])) {
      this.#compareObjects(old, fresh, direction, steps);
    } else {
      this.#compareMembers(old.objects, fresh.objects, before, after, direction, steps);
      if (this.findings.length === found) this.#compareKeys(old.objects, fresh.objects, steps);
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
    // `never` stands for nothing to send and nothing to get: like an object without properties.
    if (!a && !old.isNever) {
      if (b) this.#addMember(b, direction, steps);
      return;
    }
    if (!b && !fresh.isNever) {
      if (a) this.#removeMember(a, direction, steps);
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
      const place = this.#step(steps, name);
      if (counterpart) this.compareMember(property, counterpart, direction, place);
      else if (!newIndex && !isNothing(this.#checker, property)) this.#add("major", "was removed", place);
    }
    for (const [name, property] of newProperties) {
      if (properties.has(name) || isNothing(this.#checker, property)) continue;
      const place = this.#step(steps, name);
      if (direction === "in" && !isOptional(property)) this.#add("major", "is new and required", place);
      else if (this.#widensResult(property, place)) this.#add("major", "is new: the result may now be something else", place);
      else this.#add("minor", "is new", place);
    }
    if (index && newIndex) this.#compare(index, newIndex, direction, [...steps, "additionalProperties"]);
    else if (index && !newIndex) this.#add("major", "no longer takes any key", steps);
  }

  /** Whether a new success, or new content of one, gives what the call did not give before: its result is a union over all of them. */
  #widensResult(added: ts.Symbol, steps: readonly string[]): boolean {
    const [top, status] = steps;
    if (top !== "responses" || status === undefined || !isSuccess(status)) return false;
    const isMedia = steps.length === 4 && steps[2] === "content";
    if (!isMedia && steps.length !== 2) return false;
    const given = isMedia ? membersOf(declaredType(this.#checker, added)) : contentsOf(this.#checker, added);
    return given.some((type) => !this.#result.some((known) => this.#checker.isTypeAssignableTo(type, known)));
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
    this.#add(direction === "in" ? "minor" : "major", `may now be ${this.#print(member)}`, steps);
  }

  #removeMember(member: ts.Type, direction: Direction, steps: readonly string[]): void {
    this.#add(direction === "in" ? "major" : "minor", `can no longer be ${this.#print(member)}`, steps);
  }

  /** A property that no member has any more breaks whoever names it. */
  #compareKeys(old: readonly ts.Type[], fresh: readonly ts.Type[], steps: readonly string[]): void {
    const kept = new Set(fresh.flatMap((member) => [...propertiesOf(member).keys()]));
    for (const name of new Set(old.flatMap((member) => [...propertiesOf(member).keys()]))) {
      if (!kept.has(name)) this.#add("major", "was removed", this.#step(steps, name));
    }
  }

  #step(steps: readonly string[], name: string): string[] {
    // Behind `content` and its media type stand the fields of a body; what is further out is named as in a document.
    const content = steps.indexOf("content");
    if (content === -1 || steps.length < content + 2) return [...steps, name];
    return steps.length === content + 2 ? [...steps, "schema", "properties", name] : [...steps, "properties", name];
  }

  #add(impact: Impact, what: string, steps: readonly string[]): void {
    const where = jsonPointer(steps);
    const known = this.findings.find((finding) => finding.where === where && finding.message.endsWith(what));
    if (!known) this.findings.push({ operations: [this.#operation], impact, where, message: `${describePlace(where)} ${what}` });
  }

  #print(type: ts.Type): string {
    const text = this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation).replace(/\s+/g, " ");
    return `\`${text.length > 60 ? `${text.slice(0, 57)}...` : text}\``;
  }
}

/** The contents of all successes of an operation. */
function resultOf(checker: ts.TypeChecker, responses: ts.Symbol | undefined): ts.Type[] {
  const answers = propertiesOf(responses && declaredType(checker, responses));
  return [...answers].flatMap(([status, answer]) => (isSuccess(status) ? contentsOf(checker, answer) : []));
}

function isSuccess(status: string): boolean {
  return /^2\w\w$/.test(status);
}

function contentsOf(checker: ts.TypeChecker, answer: ts.Symbol): ts.Type[] {
  const content = propertiesOf(declaredType(checker, answer)).get("content");
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

/** `string & {}`, which stands for the values of an open enum that are not known. */
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
