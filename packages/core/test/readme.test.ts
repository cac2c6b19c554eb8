import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { GpuError } from "../src/index.js";
import { rent } from "./readme.example.js";

it("the README contains the tested example", () => {
  const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(read("../README.md")) ?? [];
  expect(read("readme.example.ts")).toBe(shown?.replace("@gpu/core", "../src/index.js"));
});

it("the README's example works", async () => {
  const warn = vi.spyOn(console, "error").mockReturnValue();
  const failing = (code: string, sideEffect: "none" | "possible") => async () => {
    throw new GpuError({ message: "m", code, vendor: "example", sideEffect });
  };
  expect(await rent(async () => ({ id: "i-1" }))).toBe("i-1");
  expect(await rent(failing("no_capacity", "none"))).toBeUndefined();
  await expect(rent(failing("unauthenticated", "none"))).rejects.toMatchObject({ code: "unauthenticated" });
  expect(warn).not.toHaveBeenCalled();
  await expect(rent(failing("timeout", "possible"))).rejects.toMatchObject({ code: "timeout" });
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
});
