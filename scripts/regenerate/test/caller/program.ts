// A program that a user of a package could have written. It makes every call, with all fields and with as few as possible, reads every
// field of every response as its narrowest type, and names every exported type.
import { openEnumNames, schemaNames } from "@gpu-scripts/codegen/types.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { identifier } from "@gpu-scripts/openapi/text/code.ts";
import { vendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import ts from "typescript";

/** The program's text. It imports the package as `./package/index.js`, and the one it was written for as `./old/index.js`. */
export function callerProgram(document: JsonObject, checker: ts.TypeChecker, schema: ts.SourceFile): string {
  const { pascal: vendor } = vendorNames(document);
  const known = openEnumNames(document).map((name) => `Known${identifier(name)}`);
  const written = exportedType(checker, schema, "operations");
  const calls = operationsOf(document).map(({ method, path, object }) => {
    const name = String(object["operationId"]);
    const operation = written && memberOf(checker, written, name);
    if (!operation) throw new Error(`no type of ${name}`);
    return new Call(checker, { name, method, path, isPaged: object["x-pagination"] !== undefined }, operation).text();
  });
  const values = known.flatMap((name) => {
    const type = exportedType(checker, schema, name);
    return type
      ? [`export const known${name}: New.${name}[] = [${membersOf(type).map((value) => checker.typeToString(value))}];`]
      : [];
  });
  return `import type * as New from "./package/index.js";
import type { operations as Old, ${vendor}Client as OldClient } from "./old/index.js";

declare const client: New.${vendor}Client;
declare const either: boolean;
declare function of<T>(): T;
type Item<Items> = Items extends (...options: any[]) => AsyncIterable<infer T> ? T : never;
type There<T> = Exclude<T, undefined>;
type Some<T> = Exclude<T, undefined | null>;
type FieldOf<T, Name extends string> = T extends unknown ? (Name extends keyof T ? T[Name] : never) : never;
type OfKind<T, Kind> = [Extract<T, Kind>] extends [never] ? any : Extract<T, Kind>;
type Result<Responses> = { [Status in keyof Responses]: Status extends 200 | 201 | 202 | 203 | 204 | 205 | 206
  ? Responses[Status] extends { content: infer Content } ? Content[keyof Content] : undefined : never }[keyof Responses];

${schemaNames(document)
  .map((name, index) => `export declare const named${index}: New.${identifier(name)};`)
  .join("\n")}
export declare const namedPaths: [New.components, New.paths];
${values.join("\n")}
${calls.join("\n")}
`;
}

/** Depths down to which calls have all optional fields. */
const depths = [0, 1, 2, 3, 4, Number.POSITIVE_INFINITY];

interface CallFacts {
  name: string;
  method: string;
  path: string;
  isPaged: boolean;
}

/** The part of the program for one operation. */
class Call {
  readonly #checker: ts.TypeChecker;
  readonly #facts: CallFacts;
  readonly #operation: ts.Type;
  readonly #lines: string[] = [];
  /** Types that are being written, because a schema may contain itself. */
  readonly #open = new Set<ts.Type>();
  #count = 0;

  constructor(checker: ts.TypeChecker, facts: CallFacts, operation: ts.Type) {
    this.#checker = checker;
    this.#facts = facts;
    this.#operation = operation;
  }

  text(): string {
    const { name, method, path, isPaged } = this.#facts;
    const call = `client[${JSON.stringify(name)}]`;
    // Optional fields are omitted below a depth, because an optional field may contain required ones.
    const [least, ...more] = depths.map((depth) => this.#options(depth));
    const all = more.at(-1) ?? new Map<string, string>();
    const old = `Old[${JSON.stringify(name)}]["responses"]`;
    for (const options of [least ?? all, ...more]) this.#lines.push(`await ${call}(${this.#named(options)});`);
    this.#lines.push(`const result = await ${call}(${this.#named(all)});`);
    this.#lines.push(`const whole: Result<${old}> = result;`, "void whole;");
    for (const options of [least ?? all, all])
      this.#lines.push(`await client.http.${method.toUpperCase()}(${JSON.stringify(path)}${this.#http(options)});`);
    if (isPaged) {
      this.#lines.push(
        `for await (const page of ${call}.pages(${this.#named(all)})) { const whole: Result<${old}> = page; void whole; }`,
      );
      this.#lines.push(
        `for await (const item of ${call}.items(${this.#named(all)})) { const one: Item<OldClient[${JSON.stringify(name)}]["items"]> = item; void one; }`,
      );
    }
    const responses = memberOf(this.#checker, this.#operation, "responses");
    this.#lines.push(`const responses = of<New.operations[${JSON.stringify(name)}]["responses"]>();`);
    if (responses) this.#read("responses", old, responses);
    return `export async function call_${name}(): Promise<void> {\n  ${this.#lines.join("\n  ")}\n}`;
  }

  /** The request by part, with all fields down to a depth and only required ones below it. */
  #options(depth: number): Map<string, string> {
    const options = new Map<string, string>();
    const parameters = memberOf(this.#checker, this.#operation, "parameters");
    for (const part of ["path", "query", "header"]) {
      const property = parameters && this.#checker.getPropertyOfType(parameters, part);
      const type = property && declared(this.#checker, property);
      if (type && !isNever(type) && (depth > 0 || !isOptional(property))) options.set(part, this.#value(type, depth));
    }
    const property = this.#checker.getPropertyOfType(this.#operation, "requestBody");
    const body = property && declared(this.#checker, property);
    if (body && !isNever(body) && (depth > 0 || !isOptional(property))) {
      const content = memberOf(this.#checker, body, "content");
      const media = content && this.#checker.getPropertiesOfType(content).map((one) => declared(this.#checker, one));
      if (media) options.set("body", this.#either(media.map((type) => this.#value(type, depth))));
    }
    return options;
  }

  #named(options: ReadonlyMap<string, string>): string {
    const parts = [...options].map(([part, value]) => `${part === "header" ? "headers" : part}: ${value}`);
    return parts.length > 0 ? `{ ${parts.join(", ")} }` : "";
  }

  #http(options: ReadonlyMap<string, string>): string {
    const params = [...options].filter(([part]) => part !== "body").map(([part, value]) => `${part}: ${value}`);
    const body = options.get("body");
    const parts = [...(params.length > 0 ? [`params: { ${params.join(", ")} }`] : []), ...(body ? [`body: ${body}`] : [])];
    return parts.length > 0 ? `, { ${parts.join(", ")} }` : "";
  }

  #either(values: readonly string[]): string {
    const [first = "undefined", ...others] = values;
    return others.length > 0 ? `(either ? ${first} : ${this.#either(others)})` : first;
  }

  /** An expression of the type that names each field. */
  #value(type: ts.Type, depth: number): string {
    const members = membersOf(type).filter((member) => (member.flags & ts.TypeFlags.Undefined) === 0);
    const objects = members.filter(isObjectType);
    if (objects.length === 0) return `of<${members.map((member) => this.#print(member)).join(" | ") || "never"}>()`;
    const others = members.filter((member) => !isObjectType(member));
    const leaf = others.length > 0 ? [`of<${others.map((member) => this.#print(member)).join(" | ")}>()`] : [];
    return this.#either([...objects.map((object) => this.#object(object, depth)), ...leaf]);
  }

  #object(type: ts.Type, depth: number): string {
    if (this.#open.has(type)) return "of<any>()";
    this.#open.add(type);
    const text = this.#fields(type, depth);
    this.#open.delete(type);
    return text;
  }

  #fields(type: ts.Type, depth: number): string {
    if (this.#checker.isTupleType(type))
      return `[${this.#checker.getTypeArguments(type as ts.TypeReference).map((item) => this.#value(item, depth))}]`;
    if (this.#checker.isArrayType(type)) {
      const [item] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return item ? `[${this.#value(item, depth)}]` : "[]";
    }
    const fields = this.#checker.getPropertiesOfType(type).flatMap((property) => {
      const value = declared(this.#checker, property);
      if (isNever(value) || (depth <= 0 && isOptional(property))) return [];
      return [`${JSON.stringify(property.name)}: ${this.#value(value, depth - 1)}`];
    });
    const index = this.#checker.getIndexTypeOfType(type, ts.IndexKind.String);
    if (index && (depth > 0 || fields.length === 0)) fields.push(`"any key": ${this.#value(index, depth - 1)}`);
    return `{ ${fields.join(", ")} }`;
  }

  #print(type: ts.Type): string {
    return this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
  }

  /** Reads a value, and then each of its fields, into a variable of its old type. */
  #read(value: string, old: string, type: ts.Type): void {
    this.#count += 1;
    this.#lines.push(`const read${this.#count}: There<${old}> = ${value}!; void read${this.#count};`);
    const members = membersOf(type).filter((member) => (member.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) === 0);
    const objects = members.filter(isObjectType);
    const [object] = objects;
    if (!object || this.#open.has(type)) return;
    this.#open.add(type);
    if (members.length > 1) this.#readVariants(value, old, objects);
    else this.#readFields(`${value}!`, `Some<${old}>`, object);
    this.#open.delete(type);
  }

  #readFields(value: string, old: string, type: ts.Type): void {
    if (this.#checker.isTupleType(type)) return;
    if (this.#checker.isArrayType(type)) {
      const [item] = this.#checker.getTypeArguments(type as ts.TypeReference);
      if (item) this.#read(`${value}[0]`, `${old}[number]`, item);
      return;
    }
    const properties = this.#checker.getPropertiesOfType(type);
    for (const property of properties) {
      const inner = declared(this.#checker, property);
      if (isNever(inner)) continue;
      const key = /^\d+$/.test(property.name) ? property.name : JSON.stringify(property.name);
      // Only a read without a cast detects that a field became optional.
      this.#count += 1;
      this.#lines.push(`const read${this.#count}: ${old}[${key}] = ${value}[${key}]; void read${this.#count};`);
      this.#read(`${value}[${key}]`, `${old}[${key}]`, inner);
    }
    const index = this.#checker.getIndexTypeOfType(type, ts.IndexKind.String);
    if (index) this.#read(`${value}["any key"]`, `${old}[string]`, index);
  }

  /** Reads each field of a union of objects from the variants that have it. */
  #readVariants(value: string, old: string, objects: readonly ts.Type[]): void {
    const plain = objects.filter((object) => !this.#checker.isArrayType(object) && !this.#checker.isTupleType(object));
    const names = new Set(plain.flatMap((object) => this.#checker.getPropertiesOfType(object).map(({ name }) => name)));
    this.#count += 1;
    const variant = `variant${this.#count}`;
    this.#lines.push(`const ${variant} = ${value}!;`);
    for (const name of names) {
      const key = JSON.stringify(name);
      // Unlike `[name]`, `.name` is an error on `never`.
      const access = /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${key}]`;
      // A single object type needs no check for the field.
      const isThere = objects.length === 1 ? "" : ` && ${key} in ${variant}`;
      this.#count += 1;
      this.#lines.push(
        `if (typeof ${variant} === "object"${isThere}) { const read${this.#count}: FieldOf<Some<${old}>, ${key}> = ${variant}${access}; void read${this.#count}; }`,
      );
    }
    this.#readByKind(variant, old, plain);
  }

  /** Reads the variants of a union that a literal field discriminates. */
  #readByKind(variant: string, old: string, objects: readonly ts.Type[]): void {
    const kindsOf = (name: string) =>
      objects.map((object) => {
        const type = memberOf(this.#checker, object, name);
        return type?.isStringLiteral() ? type.value : undefined;
      });
    const names = objects[0] ? this.#checker.getPropertiesOfType(objects[0]).map(({ name }) => name) : [];
    const discriminant = names.find(
      (name) => !kindsOf(name).includes(undefined) && new Set(kindsOf(name)).size === objects.length,
    );
    if (discriminant === undefined) return;
    for (const [index, kind] of kindsOf(discriminant).entries()) {
      const object = objects[index];
      if (!object) continue;
      this.#count += 1;
      const value = `kind${this.#count}`;
      const guard = `{ ${JSON.stringify(discriminant)}: ${JSON.stringify(kind)} }`;
      this.#lines.push(`const ${value} = of<OfKind<typeof ${variant}, ${guard}>>();`);
      this.#readFields(value, `Extract<Some<${old}>, ${guard}>`, object);
    }
  }
}

function exportedType(checker: ts.TypeChecker, file: ts.SourceFile, name: string): ts.Type | undefined {
  const module = checker.getSymbolAtLocation(file);
  const symbol = module && checker.getExportsOfModule(module).find((one) => one.name === name);
  return symbol && checker.getDeclaredTypeOfSymbol(symbol);
}

function memberOf(checker: ts.TypeChecker, type: ts.Type, name: string): ts.Type | undefined {
  const property = checker.getPropertyOfType(type, name);
  return property && declared(checker, property);
}

/** The declared type of a property, without the `undefined` of an optional one. */
function declared(checker: ts.TypeChecker, property: ts.Symbol): ts.Type {
  const { valueDeclaration: declaration } = property;
  return declaration && ts.isPropertySignature(declaration) && declaration.type
    ? checker.getTypeFromTypeNode(declaration.type)
    : checker.getTypeOfSymbol(property);
}

function membersOf(type: ts.Type): ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

function isObjectType(type: ts.Type): boolean {
  if (type.isIntersection()) return !type.types.some((part) => (part.flags & ts.TypeFlags.StringLike) !== 0);
  return (type.flags & ts.TypeFlags.Object) !== 0;
}

function isOptional(property: ts.Symbol): boolean {
  return (property.flags & ts.SymbolFlags.Optional) !== 0;
}

function isNever(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Never) !== 0;
}
