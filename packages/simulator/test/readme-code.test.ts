import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { faultKinds } from "../src/faults.js";
import { createSimulator } from "../src/index.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("shows the example that readme.test.ts runs", () => {
  const example = readFileSync(new URL("./readme.test.ts", import.meta.url), "utf8");
  expect(/```ts\n(import[\s\S]*?)```/.exec(readme)?.[1]).toBe(example);
});

it("names every fault, and no other", () => {
  const faults = readme.slice(readme.indexOf("## Faults"), readme.indexOf("## Time"));
  const named = [...faults.matchAll(/^\| ((?:`\w+`(?:, )?)+)/gm)].flatMap(([, cell]) =>
    [...(cell ?? "").matchAll(/\w+/g)].map(([kind]) => kind),
  );
  expect(named.sort()).toEqual([...faultKinds].sort());
});

it("names the members of a simulator", () => {
  for (const member of Object.keys(createSimulator())) expect(readme).toContain(`\`${member}`);
});
