import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CreateHandle } from "../../src/index.js";
import { fileIntents } from "../../src/node/index.js";
import { errorOf, fakeCloud, gpuOn } from "../fake-provider.js";

let folder = "";
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "intents-")), "deep", "er");
});
afterEach(() => rm(join(folder, "..", ".."), { recursive: true, force: true }));

const handle: CreateHandle = {
  version: 1,
  provider: "my/cloud",
  offer: "my/cloud:h100",
  idempotencyKey: "k",
  mark: "0".repeat(35),
  sentAt: "2026-01-01T00:00:00.000Z",
};

describe("fileIntents", () => {
  it("stores one file per create that only its owner can read", async () => {
    const intents = fileIntents(folder);
    await intents.write(handle);
    await intents.write({ ...handle, connectedUntil: "2026-01-01T00:01:00.000Z" });
    await intents.write({ ...handle, mark: "1".repeat(35) });
    const names = await readdir(folder);
    expect(names).toEqual([`my%2Fcloud-${"0".repeat(35)}.json`, `my%2Fcloud-${"1".repeat(35)}.json`]);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await fileIntents(folder).list())[0]).toEqual({ ...handle, connectedUntil: "2026-01-01T00:01:00.000Z" });
    await intents.clear(handle);
    await intents.clear(handle);
    expect(await intents.list()).toHaveLength(1);
  });

  it("removes nothing outside its folder, whatever a handle contains", async () => {
    const intents = fileIntents(folder);
    await intents.write(handle);
    const other = join(folder, "..", "other.json");
    await writeFile(other, "{}");
    await intents.clear({ ...handle, mark: "x/../../other" });
    expect(await readFile(other, "utf8")).toBe("{}");
  });

  it("is empty before the first write", async () => {
    expect(await fileIntents(folder).list()).toEqual([]);
  });

  it("ignores incomplete files of a crash, and names a file that is not JSON", async () => {
    const intents = fileIntents(folder);
    await intents.write(handle);
    await writeFile(join(folder, "half.tmp"), '{"version":');
    expect(await intents.list()).toEqual([handle]);
    await writeFile(join(folder, "bad.json"), '{"version":');
    await expect(intents.list()).rejects.toThrow(join(folder, "bad.json"));
  });

  it.skipIf(process.getuid?.() === 0)("sends nothing when it cannot write", async () => {
    const cloud = fakeCloud();
    const { gpu } = gpuOn([cloud], { intents: fileIntents(folder) });
    await gpu.create({ offer: "fake:h100" });
    await chmod(folder, 0o500);
    expect((await errorOf(gpu.create({ offer: "fake:h100" }))).sideEffect).toBe("none");
    expect(cloud.machines).toHaveLength(1);
    await chmod(folder, 0o700);
  });

  it("sends nothing when its folder is a file", async () => {
    const cloud = fakeCloud();
    const { gpu } = gpuOn([cloud], { intents: fileIntents(join(import.meta.filename, "intents")) });
    expect((await errorOf(gpu.create({ offer: "fake:h100" }))).sideEffect).toBe("none");
    expect(cloud.machines).toEqual([]);
  });

  it("lets a new process find what a crashed one created", async () => {
    const cloud = fakeCloud();
    cloud.next("create", async (work) => {
      await work();
      return new Promise<never>(() => {});
    });
    let written: () => void = () => {};
    const isSent = new Promise<void>((resolve) => {
      written = resolve;
    });
    const { gpu } = gpuOn([cloud], { intents: fileIntents(folder) });
    void gpu.create({ offer: "fake:h100", onIntent: () => written() });
    await isSent;
    const [name = ""] = await readdir(folder);
    expect(JSON.parse(await readFile(join(folder, name), "utf8"))).toMatchObject({ provider: "fake" });
    while (cloud.machines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const restarted = gpuOn([cloud], { intents: fileIntents(folder) }).gpu;
    expect(await restarted.reconcileAll()).toMatchObject([{ outcome: "created", instance: { ref: "fake:i1" } }]);
    expect(await readdir(folder)).toEqual([]);
  });
});
