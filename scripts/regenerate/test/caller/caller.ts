// The independent truth about a change: what a caller's compiled code notices of it.
import { join } from "node:path";
import { generateClient, generateIndex } from "@gpu-scripts/codegen/client.ts";
import { generateTypes } from "@gpu-scripts/codegen/types.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import ts from "typescript";
import type { Impact } from "../../impact.ts";
import { callerProgram } from "./program.ts";

/** The sources that are generated of a document. */
export interface Generated {
  document: JsonObject;
  schema: string;
  client: string;
  index: string;
}

export async function generatedOf(document: JsonObject): Promise<Generated> {
  return {
    document,
    schema: await generateTypes(document),
    client: generateClient(document),
    index: generateIndex(document),
  };
}

export interface Noticed {
  /** `major` where code that was written against the old package fails, `minor` where code for the new one fails on the old, else `patch`. */
  impact: Impact;
  /** The first errors. */
  errors: string[];
}

/** What a caller's compiled code notices of a change. */
export function noticed(before: Generated, after: Generated): Noticed {
  const broken = compileErrors(before, after);
  if (broken.length > 0) return { impact: "major", errors: broken };
  const added = compileErrors(after, before);
  return added.length > 0 ? { impact: "minor", errors: added } : { impact: "patch", errors: [] };
}

/** The errors of a program that was written against one package and is compiled against another. */
function compileErrors(written: Generated, against: Generated): string[] {
  const files = new Map([...sources("package", against), ...sources("old", written)]);
  const schema = `${folder}/old/generated/schema.ts`;
  const old = program(files, [schema]);
  const text = callerProgram(written.document, old.getTypeChecker(), fileOf(old, schema));
  const path = `${folder}/program.ts`;
  const compiled = program(files.set(path, text), [path]);
  const file = fileOf(compiled, path);
  const errors = [...compiled.getSyntacticDiagnostics(file), ...compiled.getSemanticDiagnostics(file)];
  return errors.map((error) => {
    const { line } = file.getLineAndCharacterOfPosition(error.start ?? 0);
    return `${text.split("\n")[line]?.trim().slice(0, 300)}: ${ts.flattenDiagnosticMessageText(error.messageText, " ")}`;
  });
}

function fileOf(compiled: ts.Program, path: string): ts.SourceFile {
  const file = compiled.getSourceFile(path);
  if (!file) throw new Error(`${path} was not compiled`);
  return file;
}

const folder = join(root, "packages", "caller");

const sources = (name: string, { schema, client, index }: Generated) =>
  new Map([
    [`${folder}/${name}/generated/schema.ts`, schema],
    [`${folder}/${name}/generated/client.ts`, client],
    [`${folder}/${name}/index.ts`, index],
  ]);

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  // Otherwise each library is looked for in each folder above.
  libReplacement: false,
  noEmit: true,
  paths: { "@gpu/core": [join(root, "packages/core/src/index.ts")] },
};

/** Files on disk, which are the same for every program. */
const onDisk = new Map<string, ts.SourceFile | undefined>();
const isOnDisk = new Map<string, boolean>();

function program(files: ReadonlyMap<string, string>, roots: readonly string[]): ts.Program {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => {
    if (files.has(path)) return true;
    const exists = isOnDisk.get(path) ?? fileExists(path);
    isOnDisk.set(path, exists);
    return exists;
  };
  host.readFile = (path) => files.get(path) ?? readFile(path);
  // Folders of files that are only in memory.
  delete host.directoryExists;
  host.getSourceFile = (path, ...rest) => {
    const text = files.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022);
    if (!onDisk.has(path)) onDisk.set(path, getSourceFile(path, ...rest));
    return onDisk.get(path);
  };
  return ts.createProgram([...roots], options, host);
}
