import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createSimulator, type FaultKind } from "../src/index.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("shows the example that readme.test.ts runs", () => {
  const example = readFileSync(new URL("./readme.test.ts", import.meta.url), "utf8");
  expect(/```ts\n(import[\s\S]*?)```/.exec(readme)?.[1]).toBe(example);
});

it("names every fault, and no other", () => {
  const all: Record<FaultKind["kind"], true> = {
    answer_lost: true,
    error_after_commit: true,
    unreadable_answer: true,
    error_before_commit: true,
    reset_before: true,
    slow: true,
    rate_limited: true,
    no_capacity: true,
    insufficient_funds: true,
    expired_key: true,
    unauthorized: true,
    forbidden: true,
    unknown_status: true,
    wrong_type: true,
    page_2_fails: true,
    list_lag: true,
    stuck: true,
    boot_fails: true,
  };
  const faults = readme.slice(readme.indexOf("## Faults"), readme.indexOf("## Time"));
  const named = [...faults.matchAll(/^\| ((?:`\w+`(?:, )?)+)/gm)].flatMap(([, cell]) =>
    [...(cell ?? "").matchAll(/\w+/g)].map(([kind]) => kind),
  );
  expect(named.sort()).toEqual(Object.keys(all).sort());
});

it("names the members of a simulator", () => {
  for (const member of Object.keys(createSimulator())) expect(readme).toContain(`\`${member}`);
});
