import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { appendActions, editOverlay, prependActions, setAtTop } from "../overlay-text.ts";

const overlay = `overlay: 1.1.0
info: { title: Ours, version: 1.0.0 }
actions:
  # The document
  - target: $.info
    description: >-
      Folded
      words.
    update:
      title: 'Quoted'  # why

  # Keys
  - target: $.paths
    description: Two operations.
    update:
      /a:
        get:
          summary: A
          example: "ssh-rsa AAAA"
        # About the second
        post:
          summary: |-
            # Not a comment
      /b:
        get: { example: ssh-rsa AAAA }

  # Last
  - target: $.tags
    description: One more.
    update: [x]
`;

const targets = (text: string) => (parse(text) as { actions: { target: string }[] }).actions.map(({ target }) => target);

describe("an overlay's text", () => {
  it.each([
    [0, ["$.paths", "$.tags"], overlay.slice(overlay.indexOf("  - target: $.info"), overlay.indexOf("  # Keys"))],
    [1, ["$.info", "$.tags"], overlay.slice(overlay.indexOf("  - target: $.paths"), overlay.indexOf("  # Last"))],
    [2, ["$.info", "$.paths"], overlay.slice(overlay.indexOf("  - target: $.tags"))],
  ])("removes action %i and nothing else", (index, left, block) => {
    const text = editOverlay(overlay, [{ index }], "x");
    expect(targets(text)).toEqual(left);
    expect(text).toBe(overlay.replace(block, ""));
  });

  it("removes keys of an update together with their comments", () => {
    const text = editOverlay(overlay, [{ index: 1, keys: [["/a", "post"]] }], "x");
    expect(parse(text).actions[1].update).toEqual({
      "/a": { get: { summary: "A", example: "ssh-rsa AAAA" } },
      "/b": { get: { example: "ssh-rsa AAAA" } },
    });
    expect(text).toContain("title: 'Quoted'  # why");
    expect(text).not.toContain("Not a comment");
  });

  it("replaces an action, and keeps everything else", () => {
    const text = editOverlay(
      overlay,
      [{ index: 1, replacement: { target: "$.a[?@ == null]", description: "Two.", remove: true } }],
      "x",
    );
    expect(parse(text).actions[1]).toEqual({ target: "$.a[?@ == null]", description: "Two.", remove: true });
    expect(targets(text)).toEqual(["$.info", "$.a[?@ == null]", "$.tags"]);
    expect(text.startsWith(overlay.slice(0, overlay.indexOf("  - target: $.paths")))).toBe(true);
    expect(text.endsWith(overlay.slice(overlay.indexOf("  # Last")))).toBe(true);
  });

  it("removes all actions, and adds others", () => {
    const empty = editOverlay(overlay, [{ index: 0 }, { index: 1 }, { index: 2 }], "x");
    expect(parse(empty).actions).toEqual([]);
    const action = { target: "$.servers", description: "Words.", update: { url: "x" } };
    expect(targets(prependActions(empty, [action], "x"))).toEqual(["$.servers"]);
    expect(targets(appendActions(empty, [action], "x"))).toEqual(["$.servers"]);
  });

  it("adds actions before and after the existing ones", () => {
    const action = { target: "$.servers", description: "Words.", update: { url: "x" } };
    const prepended = prependActions(overlay, [action], "x");
    expect(targets(prepended)).toEqual(["$.servers", "$.info", "$.paths", "$.tags"]);
    expect(prepended.endsWith(overlay.slice(overlay.indexOf("  - target: $.info")))).toBe(true);
    const appended = appendActions(overlay, [action], "x");
    expect(targets(appended)).toEqual(["$.info", "$.paths", "$.tags", "$.servers"]);
    expect(appended.startsWith(overlay)).toBe(true);
  });

  it("of source.yaml changes only the given values", () => {
    const source = "# Where from\nurl: x # here\nsha256: old\ndate: 2026-01-01\noperations:\n  - GET /a # first\n";
    expect(setAtTop(source, { sha256: "new", date: "2026-12-01", size: 5 })).toBe(
      "# Where from\nurl: x # here\nsha256: new\ndate: 2026-12-01\noperations:\n  - GET /a # first\nsize: 5\n",
    );
    expect(setAtTop(source, { operations: ["GET /b"] })).toContain("operations:\n  - GET /b\n");
  });
});
