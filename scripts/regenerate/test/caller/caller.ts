// An independent measure of a change: its effect on a caller's compiled code.
import { join } from "node:path";
import { generateClient, generateIndex } from "@gpu-scripts/codegen/client.ts";
import { generateTypes } from "@gpu-scripts/codegen/types.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import ts from "typescript";
import type { Impact } from "../../impact.ts";
import { callerProgram } from "./program.ts";

/** The sources generated from a document. */
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
  /** `major` if code for the old package fails on the new one, `minor` if code for the new one fails on the old one, otherwise `patch`. */
  impact: Impact;
  /** The first errors. */
  errors: string[];
}

/** The impact of a change on a caller's compiled code. */
export function noticed(before: Generated, after: Generated): Noticed {
  const broken = compileErrors(before, after);
  if (broken.length > 0) return { impact: "major", errors: broken };
  const added = compileErrors(after, before);
  return added.length > 0 ? { impact: "minor", errors: added } : { impact: "patch", errors: [] };
}

/** The errors of a program for one package that is compiled with another. */
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
  // Otherwise TypeScript searches for each library in every parent folder.
  libReplacement: false,
  noEmit: true,
  paths: { "@gpu/core": [join(root, "packages/core/src/index.ts")] },
};

/** Cache of files on disk, which are the same for every program. */
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
  // The in-memory files have no folders on disk.
  delete host.directoryExists;
  host.getSourceFile = (path, ...rest) => {
    const text = files.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022);
    if (!onDisk.has(path)) onDisk.set(path, getSourceFile(path, ...rest));
    return onDisk.get(path);
  };
  return ts.createProgram([...roots], options, host);
}
