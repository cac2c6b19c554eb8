import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { parseObject } from "../parse.ts";
import { allVendors, root } from "../vendors.ts";

const files = allVendors().flatMap((vendor) =>
  readdirSync(join(root, "specs", vendor)).map((name) => join("specs", vendor, name)),
);

it.each(files.filter((file) => file.endsWith(".yaml")))("both YAML parsers read %s the same", (file) => {
  const text = readFileSync(join(root, file), "utf8");
  expect(parseObject(text, file)).toEqual(parse(text, { version: "1.2", schema: "core" }));
});

it("both parsers read scalars as in YAML 1.2", () => {
  const text =
    "a: 1_000\nb: 0o17\nc: 0x1F\nd: 1e3\ne: .5\nf: 1.\ng: ~\nh: yes\ni: on\nj: 2024-01-01\nk: 012\nl: 1:30\nm: 0b11\nn: '1'\no: !!str 5\np: [TRUE, Null, -0]\nq: {<<: 1}\n";
  expect(parseObject(text, "x")).toEqual(parse(text, { version: "1.2", schema: "core" }));
  expect(parseObject(text, "x")).toMatchObject({ a: "1_000", h: "yes", j: "2024-01-01", k: 12, l: "1:30" });
});

it("an error names the file, line and reason", () => {
  expect(() => parseObject("a: 1\nb: [1, 2\nc: 3\n", "specs/acme/x.yaml")).toThrow(
    /^specs\/acme\/x\.yaml:\d: not readable as YAML or JSON: \S/,
  );
  expect(() => parseObject("a: 1\na: 2\n", "x.yaml")).toThrow(/x\.yaml:2: .*duplicated/);
  expect(() => parseObject("- a\n", "x.yaml")).toThrow("x.yaml: expected an object at the top");
});
