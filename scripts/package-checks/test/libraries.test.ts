import { cpSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run, runToEnd } from "@gpu-scripts/openapi/process.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedProject } from "../packed.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";

const temporary = temporaryFolder();
let project: string;
let compiler: string;

beforeAll(async () => {
  const installed = await installTools("libraries");
  compiler = join(await installTools("typescript"), "typescript-5.9/bin/tsc");
  project = await packedProject(temporary.path, new URL("../libraries", import.meta.url));
  installLibraries(installed, join(project, "node_modules"));
  const compilerOptions = {
    target: "es2023",
    module: "nodenext",
    lib: ["es2023", "dom", "dom.iterable"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    // The libraries' declarations do not compile with every version of each other.
    skipLibCheck: true,
    outDir: "built",
    rootDir: ".",
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
});
afterAll(() => temporary.remove());

describe("in a project with the libraries", () => {
  it("programs compile", async () => {
    const { code, stdout } = await runToEnd(process.execPath, [compiler, "-p", "."], { cwd: project });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  });

  it("openapi-react-query and swr-openapi render what the simulator returns", async () => {
    const printed = await run(process.execPath, ["built/react.js"], { cwd: project });
    const { rendered, aborted, requests } = JSON.parse(printed);
    expect({ rendered, aborted }).toEqual({ rendered: "H100, no instance, Not found", aborted: "aborted" });
    // The first read of the types failed, and the transport retried it.
    expect(requests.filter((operation: string) => operation === "listInstanceTypes")).toHaveLength(2);
  });

  it("undici's fetch sends through a proxy", async () => {
    const printed = await run(process.execPath, ["built/proxy.js"], { cwd: project });
    expect(JSON.parse(printed)).toEqual({ instances: [], status: 200, toVendor: true });
  });
});

/** Links the libraries. Those that depend on openapi-fetch are copied, so that they resolve the project's openapi-fetch. */
function installLibraries(installed: string, modules: string): void {
  const link = (from: string, name: string, folder: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    symlinkSync(join(from, name), join(folder, name));
  };
  for (const name of packagesIn(installed)) {
    if (name === "openapi-fetch") continue;
    if (!/openapi/.test(name)) link(installed, name, modules);
    else {
      const source = realpathSync(join(installed, name));
      cpSync(source, join(modules, name), { recursive: true });
      const dependencies = packagesIn(dirname(source)).filter((one) => /openapi-typescript-helpers|type-fest/.test(one));
      for (const one of dependencies) link(dirname(source), one, join(modules, name, "node_modules"));
    }
  }
}

function packagesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => (name.startsWith("@") ? readdirSync(join(folder, name)).map((one) => `${name}/${one}`) : [name]));
}
