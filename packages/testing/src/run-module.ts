import ts from "typescript";

const AsyncFunction = (async () => {}).constructor as new (
  ...parametersAndBody: string[]
) => (...values: unknown[]) => Promise<void>;

/** Runs the source of a TypeScript module with these modules as its imports, and with this console. */
export async function runModule(code: string, modules: Readonly<Record<string, object>>, console: object): Promise<void> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const body = outputText
    .replace(/^import \{(.*?)\} from "(.*?)";$/gm, (_, names: string, from: string) => {
      if (!modules[from]) throw new Error(`the example imports ${from}, which the test does not provide`);
      return `const {${names.replaceAll(" as ", ": ")}} = modules[${JSON.stringify(from)}];`;
    })
    .replace(/^export \{\};$/m, "");
  await new AsyncFunction("modules", "console", body)(modules, console);
}
