import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@gpu-scripts/openapi/process.ts";
import { median } from "./median.ts";
import type { Table } from "./table.ts";

/** The compiler's figures for one project. Type instantiations and files are the same in every run. */
interface Figures {
  milliseconds: number;
  instantiations: number;
  files: number;
}

const rounds = 5;
const packages = fileURLToPath(new URL("../../packages/", import.meta.url));

const empty = "export {};\n";

/** Calls each client and most functions of `@gpu/unified`. */
const everything = `
import { createFalClient } from "@gpu/fal";
import { createLambdaClient } from "@gpu/lambda";
import { createNovitaClient } from "@gpu/novita";
import { createRuncrateClient } from "@gpu/runcrate";
import { createRunPodClient } from "@gpu/runpod";
import { createShadeformClient, GpuError } from "@gpu/shadeform";
import { createThunderComputeClient } from "@gpu/thunder-compute";
import { createGpu, fal, lambda, novita, runcrate, runpod, shadeform, thunderCompute, vast } from "@gpu/unified";
import { createVastClient } from "@gpu/vast";

export const gpu = createGpu({
  providers: [thunderCompute(), shadeform(), fal(), novita(), runcrate(), lambda(), runpod(), vast()],
});

export async function all(sshPublicKey: string) {
  try {
    const { id } = await createFalClient().createInstance({ body: { instance_type: "gpu_1x_h100_sxm5", ssh_key: sshPublicKey } });
    const [novitaType] = (await createNovitaClient().listInstanceTypes({ query: {} })).data;
    const [runcrateType] = (await createRuncrateClient().listInstanceTypes()).data;
    const { status } = await createShadeformClient().http.GET("/instances/{id}/info", { params: { path: { id } } });
    const thunder = await createThunderComputeClient().listInstances();
    const { data: lambdaTypes } = await createLambdaClient().listInstanceTypes();
    const [runpodInstance] = (await createRunPodClient().listInstances()).pods;
    const [ask] = (await createVastClient().searchOffers({ body: { gpu_name: { eq: "H100 SXM" } } })).offers;
    const { offers } = await gpu.offers({ gpu: "H100", maxUsdPerHour: 4 });
    const { instance } = await gpu.launch({ gpu: "H100", maxUsdPerHour: 4, sshPublicKey });
    const one = await gpu.create({ offer: "fal:gpu_1x_h100_sxm5", sshPublicKey });
    const types = { novitaType, runcrateType, lambdaTypes };
    return { types, status, thunder, runpodInstance, ask, offers, ready: await gpu.waitUntilReady(one), instance };
  } catch (error) {
    if (!GpuError.isInstance(error)) throw error;
    return error.code;
  }
}
`;

/**
 * Type-checks an empty program and one that uses all clients and `@gpu/unified`, with the compiler of the workspace. The packages
 * must be built.
 */
export async function measureTypeCheck(): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), "gpu-bench-"));
  try {
    mkdirSync(join(folder, "node_modules/@gpu"), { recursive: true });
    for (const name of readdirSync(packages)) {
      if (existsSync(join(packages, name, "dist"))) symlinkSync(join(packages, name), join(folder, "node_modules/@gpu", name));
    }
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const programs = [writeProject(folder, "empty", empty), writeProject(folder, "everything", everything)];
    const runs: [Figures[], Figures[]] = [[], []];
    // Interleaved, so that a slow moment of the machine affects both.
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, project] of programs.entries()) runs[index]?.push(await check(project));
    }
    const [base, whole] = [summary(runs[0]), summary(runs[1])];
    return {
      head: ["type check of a file", "time", "instantiations", "files"],
      rows: [
        row("an empty project", base),
        row("eight clients and @gpu/unified", whole),
        row("added", {
          milliseconds: whole.milliseconds - base.milliseconds,
          instantiations: whole.instantiations - base.instantiations,
          files: whole.files - base.files,
        }),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function summary(runs: readonly Figures[]): Figures {
  const { instantiations = 0, files = 0 } = runs[0] ?? {};
  return { milliseconds: median(runs.map(({ milliseconds }) => milliseconds)), instantiations, files };
}

function row(name: string, { milliseconds, instantiations, files }: Figures): string[] {
  return [name, `${milliseconds.toFixed(0)} ms`, String(instantiations), String(files)];
}

function writeProject(folder: string, name: string, program: string): string {
  writeFileSync(join(folder, `${name}.ts`), program);
  const compilerOptions = {
    target: "es2022",
    lib: ["es2022", "dom", "dom.iterable"],
    types: [],
    module: "nodenext",
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const file = join(folder, `tsconfig.${name}.json`);
  writeFileSync(file, JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
  return file;
}

async function check(project: string): Promise<Figures> {
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const stdout = await run(process.execPath, [compiler, "-p", project, "--extendedDiagnostics"], { cwd: dirname(project) });
  const figure = (label: string) => {
    const found = new RegExp(`^${label}:\\s+([\\d.]+)`, "m").exec(stdout);
    if (!found) throw new Error(`the compiler reports no "${label}":\n${stdout}`);
    return Number(found[1]);
  };
  return { milliseconds: figure("Total time") * 1_000, instantiations: figure("Instantiations"), files: figure("Files") };
}
