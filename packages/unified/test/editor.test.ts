import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";
import { gpuModels } from "../src/index.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const file = `${folder}editor.example.ts`;
const given = { sshPublicKey: '"k"', startupScript: '"s"', env: '{ A: "b" }', image: '"i"', diskGb: "1" };
const refusedFields = {
  "thunder-compute": ["startupScript", "env"],
  shadeform: ["diskGb"],
  fal: ["image", "startupScript", "env", "diskGb"],
  novita: ["sshPublicKey", "startupScript"],
} as const;
const refusedActions = {
  "thunder-compute": ["start", "stop", "restart"],
  shadeform: ["start", "stop"],
  fal: ["start", "stop", "restart"],
  runcrate: ["start", "stop", "restart"],
} as const;

const refused = [
  ...Object.entries(refusedFields).flatMap(([provider, fields]) =>
    fields.map((field) => {
      const request = {
        name: '"n"',
        ...(provider === "novita" ? { image: '"i"' } : { sshPublicKey: '"k"' }),
        [field]: given[field],
      };
      const fields = Object.entries(request).map(([name, value]) => `${name}: ${value}`);
      return [`${provider} does not support ${field}`, `gpu.create({ offer: "${provider}:x", ${fields.join(", ")} });`] as const;
    }),
  ),
  ...Object.entries(refusedActions).flatMap(([provider, actions]) =>
    actions.map((action) => [`${provider} does not support ${action}`, `gpu.${action}("${provider}:x");`] as const),
  ),
];
const head = [
  'import { createGpu, fal, novita, runcrate, shadeform, thunderCompute } from "../src/index.js";',
  "const gpu = createGpu({ providers: [thunderCompute(), shadeform(), fal(), novita(), runcrate()] });",
];
const completed = ['gpu.offers({ gpu: "" });', 'gpu.launch({ gpu: "", maxUsdPerHour: 4 });'];
const lines = [...head, ...refused.map(([, line]) => line), ...completed];
const text = lines.join("\n");

/** The TypeScript language service, with an additional file in this folder. */
function openEditor(): ts.LanguageService {
  const config = `${folder}../tsconfig.json`;
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(config, ts.sys.readFile).config, ts.sys, `${folder}..`);
  return ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const content = name === file ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
  });
}
const editor = openEditor();

it("names in each compile error what the vendor does not support", () => {
  const messages = new Map<number, string>();
  for (const { start, messageText } of editor.getSemanticDiagnostics(file)) {
    messages.set(text.slice(0, start).split("\n").length - 1, ts.flattenDiagnosticMessageText(messageText, "\n"));
  }
  const shown = refused.map(([message, line], index) => {
    const error = messages.get(head.length + index);
    return error?.includes(`"${message}"`) ? message : `${line} gives: ${error}`;
  });
  expect(shown).toEqual(refused.map(([message]) => message));
  expect(messages.size).toBe(refused.length);
}, 60_000);

it.each(completed)("completes the known models in %s", (line) => {
  const at = text.indexOf(line) + line.indexOf('""') + 1;
  const names = editor.getCompletionsAtPosition(file, at, undefined)?.entries.map(({ name }) => name) ?? [];
  expect(names).toEqual(expect.arrayContaining(Object.keys(gpuModels)));
});
