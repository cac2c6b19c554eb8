import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import ts from "typescript";
import type { Fixable } from "./outcome.ts";

interface WorkspacePackage {
  folder: string;
  /** Names of the packages that it depends on. */
  dependencies: string[];
}

type CompileError = Extract<Fixable, { kind: "compile" }>;

/** The compile errors that new files of a vendor cause in its own tests and in the packages that depend on it. */
export function newCompileErrors(root: string, vendor: string, files: ReadonlyMap<string, string>): CompileError[] {
  const packages = workspacePackages(root);
  const contents = new Map([...files].map(([path, text]) => [join(root, path), text]));
  const compiler = new Compiler(dependentsOf(packages, `@gpu/${vendor}`), sourcePaths(packages));
  const after = compiler.errors(contents);
  if (after.length === 0) return [];
  const places = new Set(after.map(({ error }) => error.file));
  const before = new Set(compiler.errors(new Map(), places).map(({ identity }) => identity));
  return after
    .filter(({ identity }) => !before.has(identity))
    .map(({ error }) => ({ ...error, file: relative(root, error.file) }));
}

interface Found {
  error: CompileError;
  /** The same before and after: lines move, and messages list the members of a union in any order. */
  identity: string;
}

/** The folders of the vendor's package and of those that depend on it, over any number of others. */
function dependentsOf(packages: ReadonlyMap<string, WorkspacePackage>, vendorPackage: string): string[] {
  const needed = new Set([vendorPackage]);
  // A set also visits the names that are added meanwhile.
  for (const dependency of needed) {
    for (const [name, { dependencies }] of packages) if (dependencies.includes(dependency)) needed.add(name);
  }
  return [...packages].flatMap(([name, { folder }]) => (needed.has(name) ? [folder] : []));
}

/** The packages that the change of a vendor may break, by name. */
function workspacePackages(root: string): Map<string, WorkspacePackage> {
  const packages = join(root, "packages");
  const folders = existsSync(packages) ? readdirSync(packages).map((name) => join(packages, name)) : [];
  return new Map(
    [...folders, join(root, "scripts", "demo")].flatMap((folder): [string, WorkspacePackage][] => {
      const file = join(folder, "package.json");
      if (!existsSync(file)) return [];
      const manifest = JSON.parse(readFileSync(file, "utf8")) as JsonObject;
      const needed = { ...objectAt(manifest, "dependencies"), ...objectAt(manifest, "devDependencies") };
      return [[String(manifest["name"]), { folder, dependencies: Object.keys(needed) }]];
    }),
  );
}

/** Declarations of installed packages, which are the same for every vendor. */
const installed = new Map<string, ts.SourceFile | undefined>();

/** Compiles the dependents as they are, or with other contents of some files. */
class Compiler {
  readonly #folders: readonly string[];
  readonly #rootNames: string[];
  readonly #options: ts.CompilerOptions | undefined;
  /** Files of the workspace as they are on disk. */
  readonly #present = new Map<string, ts.SourceFile | undefined>();
  #program: ts.Program | undefined;

  constructor(folders: readonly string[], paths: Record<string, string[]>) {
    this.#folders = folders;
    const configs = folders.flatMap(readConfig);
    this.#rootNames = configs.flatMap(({ fileNames }) => fileNames);
    const [first] = configs;
    if (!first) return;
    this.#options = {
      ...first.options,
      noEmit: true,
      declaration: false,
      declarationMap: false,
      sourceMap: false,
      // Packages of the workspace are read from their sources, so that nothing needs to be built.
      paths,
      skipLibCheck: true,
    };
    delete this.#options.rootDir;
    delete this.#options.outDir;
  }

  /** The errors in the dependents' own files, or in some files only; files have absolute paths. */
  errors(contents: ReadonlyMap<string, string>, only?: ReadonlySet<string>): Found[] {
    if (!this.#options) return [];
    const program = ts.createProgram(this.#rootNames, this.#options, this.#host(this.#options, contents), this.#program);
    this.#program = program;
    const files = program.getSourceFiles().filter(({ fileName }) => only?.has(fileName) ?? this.#isOwn(fileName));
    return files.flatMap((file) =>
      [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) => {
        const { line } = file.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
        const message = innermost(diagnostic.messageText);
        return {
          error: { kind: "compile", file: file.fileName, line: line + 1, message },
          identity: `${file.fileName} ${diagnostic.code} ${file.text.split("\n")[line]}`,
        };
      }),
    );
  }

  #isOwn(path: string): boolean {
    return this.#folders.some((folder) => path.startsWith(`${folder}/`)) && !path.includes("/node_modules/");
  }

  #host(options: ts.CompilerOptions, contents: ReadonlyMap<string, string>): ts.CompilerHost {
    const host = ts.createCompilerHost(options);
    const { readFile, fileExists, getSourceFile } = host;
    host.readFile = (path) => contents.get(path) ?? readFile(path);
    host.fileExists = (path) => contents.has(path) || fileExists(path);
    host.getSourceFile = (path, languageVersion, ...rest) => {
      const text = contents.get(path);
      if (text !== undefined) return ts.createSourceFile(path, text, languageVersion);
      const known = path.includes("/node_modules/") ? installed : this.#present;
      if (!known.has(path)) known.set(path, getSourceFile(path, languageVersion, ...rest));
      return known.get(path);
    };
    return host;
  }
}

/** The innermost message, which names the cause of those around it. */
function innermost(message: string | ts.DiagnosticMessageChain): string {
  if (typeof message === "string") return shorten(message);
  const [next] = message.next ?? [];
  return next ? innermost(next) : shorten(message.messageText);
}

function shorten(message: string): string {
  const line = message.replace(/\s+/g, " ");
  return line.length > 240 ? `${line.slice(0, 237)}...` : line;
}

function readConfig(folder: string): ts.ParsedCommandLine[] {
  const file = join(folder, "tsconfig.json");
  if (!existsSync(file)) return [];
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  return [ts.parseJsonConfigFileContent(config ?? {}, ts.sys, dirname(file))];
}

/** `@gpu/name` → its `src/index.ts`, and `@gpu/name/part` → `src/part.ts` or `src/part/index.ts`. */
function sourcePaths(packages: ReadonlyMap<string, WorkspacePackage>): Record<string, string[]> {
  return Object.fromEntries(
    [...packages].flatMap(([name, { folder }]): [string, string[]][] => {
      if (!existsSync(join(folder, "src", "index.ts"))) return [];
      return [
        [name, [join(folder, "src", "index.ts")]],
        [`${name}/openapi.json`, [join(folder, "openapi.json")]],
        [`${name}/*`, [join(folder, "src", "*.ts"), join(folder, "src", "*", "index.ts")]],
      ];
    }),
  );
}
