import { describe, expect, it } from "vitest";
import { element, exportOf, importOf, property, type SourceEdit, unionMember } from "../source-edits.ts";

const edits: [what: string, edit: SourceEdit, before: string, after: string][] = [
  ["a property of a variable", property("all", "c", "c"), "const all = { a, b };", "const all = { a, b, c };"],
  ["a property behind a last comma", property("all", "c", "1"), "const all = {\n  a,\n};", "const all = {\n  a, c: 1,\n};"],
  ["a property of an empty object", property("all", "c", "1"), "const all = {};", "const all = {c: 1};"],
  ["a quoted property", property("all", "c-d", "f(1)"), "const all = { a };", 'const all = { a, "c-d": f(1) };'],
  [
    "a property behind `satisfies`",
    property("all", "c", "1"),
    "const all = { a } as const satisfies T;",
    "const all = { a, c: 1 } as const satisfies T;",
  ],
  [
    "a property of a returned object",
    property("keys", "c", "1"),
    "const { keys } = x; f({ keys: { a } });",
    "const { keys } = x; f({ keys: { a, c: 1 } });",
  ],
  ["an element", element("names", "c"), 'const names = ["a"] as const;', 'const names = ["a", "c"] as const;'],
  ["a member of a union", unionMember("Name", "c"), 'export type Name = "a" | "b";', 'export type Name = "a" | "b" | "c";'],
  [
    "a member of a union in lines",
    unionMember("Name", "c"),
    'type Name =\n  | "a"\n  | "b";',
    'type Name =\n  | "a"\n  | "b" | "c";',
  ],
  [
    "an import",
    importOf("c", "./c.js"),
    'import { a } from "./a.js";\nf();',
    'import { a } from "./a.js";\nimport { c } from "./c.js";\nf();',
  ],
  ["a name to an import", importOf("c", "./a.js"), 'import { a } from "./a.js";', 'import { a, c } from "./a.js";'],
  [
    "an import beside one of types",
    importOf("c", "./a.js"),
    'import type { A } from "./a.js";',
    'import type { A } from "./a.js";\nimport { c } from "./a.js";',
  ],
  [
    "an export in its order",
    exportOf("c", "./p/c.js"),
    'export { x } from "./x.js";\nexport { b } from "./p/b.js";\nexport { d } from "./p/d.js";\n',
    'export { x } from "./x.js";\nexport { b } from "./p/b.js";\nexport { c } from "./p/c.js";\nexport { d } from "./p/d.js";\n',
  ],
  [
    "the first export",
    exportOf("a", "./p/a.js"),
    '// Why.\nexport { b } from "./p/b.js";',
    '// Why.\nexport { a } from "./p/a.js";\nexport { b } from "./p/b.js";',
  ],
];

describe("an edit of a source", () => {
  it.each(edits)("adds %s, once", (_, edit, before, after) => {
    expect(edit(before, "file.ts")).toBe(after);
    expect(edit(after, "file.ts")).toBe(after);
  });

  it.each<[what: string, edit: SourceEdit, text: string, message: RegExp]>([
    [
      "no object of the name",
      property("all", "c", "1"),
      "const other = {};",
      /^file\.ts: expected one object of the name "all" .* found 0/,
    ],
    ["two objects of the name", property("all", "c", "1"), "f({ all: {} }); g({ all: {} });", /found 2; nothing was written$/],
    ["a list in place of an object", property("all", "c", "1"), "const all = [];", /object of the name "all"/],
    ["no list of the name", element("names", "c"), "const names = new Set();", /list of the name "names"/],
    ["a type that is no union", unionMember("Name", "c"), "type Name = string;", /union of the name "Name"/],
    ["no import", importOf("c", "./c.js"), "f();", /expected one import/],
    ["no export from the folder", exportOf("c", "./p/c.js"), 'export { x } from "./x.js";', /export from \.\/p\//],
  ])("says where it looked when there is %s", (_, edit, text, message) => {
    expect(() => edit(text, "file.ts")).toThrow(message);
  });
});
