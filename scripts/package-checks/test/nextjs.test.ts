import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { run } from "@gpu-scripts/openapi/process.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedProject } from "../packed.ts";
import { recipe } from "../recipes.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";

/** Number of instances that the vendor lists, which grows with each read. */
let reads = 0;
let vendor: Server;
let url: string;

/** The Next.js versions. `installed` is undefined when a version cannot be installed on this machine. */
const versions = await Promise.all(
  (
    [
      // The last version that caches the global `fetch` by default.
      { version: "14", set: "nextjs", caches: true },
      { version: "16", set: "nextjs-16", caches: false },
    ] as const
  ).map(async (one) => ({ ...one, installed: await installTools(one.set).catch(() => undefined) })),
);
for (const { version, installed } of versions)
  if (!installed) console.warn(`NOT RUN with Next.js ${version}: it cannot be installed.`);

beforeAll(async () => {
  vendor = createServer((_, response) => {
    reads += 1;
    const instances = Array.from({ length: reads }, (_, index) => ({ id: `i-${index}` }));
    response.setHeader("content-type", "application/json").end(JSON.stringify({ instances }));
  });
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
});
afterAll(() => {
  vendor?.closeAllConnections();
  vendor?.close();
});

describe.each(versions)("in a production build of Next.js $version", ({ installed, caches }) => {
  if (!installed) return it.skip("is not installed", () => {});
  const temporary = temporaryFolder();
  let app: ChildProcess | undefined;

  beforeAll(async () => {
    const project = await packedProject(temporary.path, new URL("../nextjs", import.meta.url));
    for (const name of ["next", "react", "react-dom"]) symlinkSync(join(installed, name), join(project, "node_modules", name));
    // The recipe of the README, with this test's server instead of the vendor's.
    mkdirSync(join(project, "app/recipe"));
    const route = recipe("app/recipe/route.js").replace(
      "createShadeformClient({ ",
      "createShadeformClient({ baseUrl: process.env.VENDOR_URL, ",
    );
    writeFileSync(join(project, "app/recipe/route.js"), route);
    const env = {
      SHADEFORM_API_KEY: "key",
      NODE_ENV: undefined,
      NEXT_TELEMETRY_DISABLED: "1",
      VENDOR_URL: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`,
    };
    await run(process.execPath, [join(installed, "next/dist/bin/next"), "build"], { cwd: project, env });
    const { NODE_ENV: _, ...others } = process.env;
    app = fork(join(project, "server.cjs"), { cwd: project, env: { ...others, ...env, NODE_ENV: "production" } });
    const [port] = await once(app, "message");
    url = `http://127.0.0.1:${port}`;
  });
  afterAll(async () => {
    app?.disconnect();
    if (app) await once(app, "exit");
    temporary.remove();
  });

  it.runIf(caches)("a plain read with the global fetch is cached, and does not reach the vendor again", async () => {
    const before = reads;
    const [first, second] = [await read("/plain"), await read("/plain")];
    expect(first).toEqual(second);
    expect(reads).toBe(before);
  });
  it("each read of the client in a route handler reaches the vendor", async () => {
    const before = reads;
    expect(JSON.parse(await read("/poll"))).toEqual([before + 1, before + 2]);
    expect(JSON.parse(await read("/poll"))).toEqual([before + 3, before + 4]);
  });
  it("each read of the client in a page reaches the vendor, as the page becomes dynamic", async () => {
    const before = reads;
    expect(await read("/")).toContain(`${before + 1} ${before + 2}`);
    expect(await read("/")).toContain(`${before + 3} ${before + 4}`);
  });
  it("the recipe's route lists the current instances", async () => {
    const before = reads;
    expect(JSON.parse(await read("/recipe"))).toHaveLength(before + 1);
    expect(JSON.parse(await read("/recipe"))).toHaveLength(before + 2);
  });
  it("the server can use a simulated vendor", async () => {
    expect(JSON.parse(await read("/simulated"))).toBe(401);
  });
});

async function read(path: string): Promise<string> {
  const response = await fetch(url + path);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} responded with ${response.status}: ${text}`);
  return text;
}
