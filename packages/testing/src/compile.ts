import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** An error that the compiler reports. */
export interface Diagnostic {
  file: string;
  /** From 1. */
  line: number;
  message: string;
}

/**
 * Compiles sources held in memory with the options of a project, and returns the compiler's errors.
 * Each source replaces the file at its path, which need not exist; nothing is written.
 */
export function compile(project: URL, texts: ReadonlyMap<string, string>): Diagnostic[] {
  const projectFile = fileURLToPath(project);
  const { config } = ts.readConfigFile(projectFile, (path) => readFileSync(path, "utf8"));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(projectFile));
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  // As the command `tsc` does: doc comments are most of the text of libraries.
  host.jsDocParsingMode = ts.JSDocParsingMode.ParseForTypeErrors;
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = texts.get(path);
    return text === undefined ? getSourceFile(path, ...rest) : ts.createSourceFile(path, text, ts.ScriptTarget.ES2022);
  };
  const program = ts.createProgram([...texts.keys()], { ...options, noEmit: true }, host);
  return [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    if (!source) throw new Error(`${file} is not part of the program`);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((found) => ({
      file,
      line: source.getLineAndCharacterOfPosition(found.start ?? 0).line + 1,
      message: ts.flattenDiagnosticMessageText(found.messageText, "\n"),
    }));
  });
}

/** A path in the same folder as a file, for a source that is only compiled. */
export function pathNextTo(file: URL, name: string): string {
  return join(dirname(fileURLToPath(file)), name);
}
