// Whether code that was written against a package's old types still compiles against the new ones.
import { openEnumNames, schemaNames } from "@gpu-scripts/codegen/types.ts";
import { type JsonObject, jsonPointer } from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import ts from "typescript";
import type { ChangeFacts } from "../change.ts";
import type { Impact } from "../impact.ts";
import type { Difference } from "./difference.ts";
import { TypeComparison } from "./type-comparison.ts";
import { declaredType, isNothing, membersOf, propertiesOf, resultOf } from "./types.ts";
import { Usage } from "./usage.ts";

/** One version of a package: its document and the text of its `schema.ts`. */
export interface Version {
  document: JsonObject;
  schema: string;
}

/** What a change of the generated types means for callers. */
export function surfaceDifferences(before: Version, after: Version): Difference[] {
  if (before.schema === after.schema) return [];
  const loaded = load(before.schema, after.schema);
  return [
    ...compareOperations(loaded, renames(before.document, after.document)),
    ...compareRoutes(before.document, after.document),
    ...compareExports(loaded, before.document, after.document),
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
  const old = ts.createSourceFile("/old.ts", before, ts.ScriptTarget.ES2022);
  const fresh = ts.createSourceFile("/fresh.ts", after, ts.ScriptTarget.ES2022);
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

function exportsOf(checker: ts.TypeChecker, file: ts.SourceFile): Map<string, ts.Symbol> {
  const module = checker.getSymbolAtLocation(file);
  return new Map((module ? checker.getExportsOfModule(module) : []).map((symbol) => [symbol.name, symbol]));
}

/** New names of operations by old ones, where method and path stayed. */
function renames(before: JsonObject, after: JsonObject): Map<string, string> {
  const fresh = new Map(operationsOf(after).map((operation) => [operationKey(operation), titleOf(operation)]));
  return new Map(
    operationsOf(before).flatMap((operation): [string, string][] => {
      const name = fresh.get(operationKey(operation));
      return name === undefined || name === titleOf(operation) ? [] : [[titleOf(operation), name]];
    }),
  );
}

function compareOperations({ checker, old, fresh }: Loaded, renamed: ReadonlyMap<string, string>): Difference[] {
  const operationsIn = (file: ts.SourceFile) => {
    const symbol = exportsOf(checker, file).get("operations");
    return propertiesOf(symbol && checker.getDeclaredTypeOfSymbol(symbol));
  };
  const [before, after] = [operationsIn(old), operationsIn(fresh)];
  const differences: Difference[] = [];
  for (const [name, operation] of before) {
    const counterpart = after.get(name);
    if (!counterpart) {
      const newName = renamed.get(name);
      const facts: ChangeFacts = newName === undefined ? { kind: "call-removed" } : { kind: "call-renamed", name: newName };
      differences.push({ operations: [name], impact: "major", where: "", facts });
      continue;
    }
    // A schema that the operation refers to may have changed.
    if (textOf(operation) === textOf(counterpart) && !textOf(operation).includes("components[")) continue;
    const [parts, newParts] = [operation, counterpart].map((one) => propertiesOf(declaredType(checker, one)));
    for (const part of ["parameters", "requestBody", "responses"] as const) {
      const [a, b] = [parts?.get(part), newParts?.get(part)];
      if (!a || !b) continue;
      const direction = part === "responses" ? "out" : "in";
      const comparison = new TypeComparison(checker, name, direction, resultOf(checker, parts?.get("responses")));
      if (part === "requestBody" && isNothing(checker, a) !== isNothing(checker, b)) comparison.compareBodies(b);
      else comparison.compareMember(a, b, [part]);
      differences.push(...comparison.differences);
    }
  }
  for (const name of after.keys()) {
    if (before.has(name)) continue;
    const oldName = [...renamed].find(([, newName]) => newName === name)?.[0];
    const facts: ChangeFacts = oldName === undefined ? { kind: "call-added" } : { kind: "call-was-renamed", name: oldName };
    differences.push({ operations: [name], impact: "minor", where: "", facts });
  }
  return differences;
}

/** Calls by `http`: a route that is gone breaks them, even where the named call stays. */
function compareRoutes(before: JsonObject, after: JsonObject): Difference[] {
  const kept = new Set(operationsOf(after).map(operationKey));
  const names = new Set(operationsOf(after).map(titleOf));
  return operationsOf(before)
    .filter((operation) => names.has(titleOf(operation)) && !kept.has(operationKey(operation)))
    .map((operation) => {
      const facts: ChangeFacts = { kind: "route-removed", route: operationKey(operation) };
      return { operations: [titleOf(operation)], impact: "major", where: "/path", facts };
    });
}

function compareExports({ checker, old, fresh }: Loaded, before: JsonObject, after: JsonObject): Difference[] {
  // Types of the known values of open enums, with the enum that each belongs to.
  const knownValues = new Map([before, after].flatMap(openEnumNames).map((schema) => [`Known${schema}`, schema]));
  // `schema.ts` has aliases of responses and parameters too, which the package does not export.
  const exported = (file: ts.SourceFile, document: JsonObject) => {
    const names = new Set([...schemaNames(document), ...knownValues.keys()]);
    return new Map([...exportsOf(checker, file)].filter(([name]) => names.has(name)));
  };
  const [oldExports, newExports] = [exported(old, before), exported(fresh, after)];
  const usages = [before, after].map((document) => new Usage(document));
  const differences: Difference[] = [];
  const add = (name: string, impact: Impact, facts: ChangeFacts) => {
    const pointer = jsonPointer(["components", "schemas", knownValues.get(name) ?? name]);
    const operations = [...new Set(usages.flatMap((usage) => usage.operationsAt(pointer).map(titleOf)))];
    differences.push({ operations, impact, where: `/exports/${name}`, facts });
  };
  for (const [name, symbol] of oldExports) {
    const counterpart = newExports.get(name);
    if (!counterpart) {
      add(name, "major", { kind: "type-removed", type: name });
    } else if (knownValues.has(name)) {
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
  return differences;
}

function literalsOf(checker: ts.TypeChecker, alias: ts.Symbol): string[] {
  return membersOf(checker.getDeclaredTypeOfSymbol(alias)).flatMap((member) =>
    member.isStringLiteral() ? [`"${member.value}"`] : [],
  );
}

function textOf(symbol: ts.Symbol): string {
  const declaration = symbol.valueDeclaration;
  return declaration ? declaration.getText(declaration.getSourceFile()) : "";
}
