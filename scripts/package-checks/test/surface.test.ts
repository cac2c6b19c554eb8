import { join } from "node:path";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { describe, expect, it } from "vitest";
import { root } from "../workspace.ts";

// A vendor's package is not recorded again here: its declarations are the committed src/generated/, and `regenerate` rates each change of them.
const entries = [
  "core/index",
  "core/openapi-fetch",
  "simulator/index",
  "simulator/conformance/index",
  "unified/index",
  "unified/node/index",
];

// After an intended change, run `pnpm exec vitest run --root scripts/package-checks surface --update` and commit the files, so that a review shows the change.
describe("the public surface", () => {
  it.each(entries)("of %s matches the recorded one", async (entry) => {
    const [name = "", ...path] = entry.split("/");
    const bundle = await rolldown({
      input: join(root, "packages", name, "dist", `${path.join("/")}.d.ts`),
      external: /^[^./]/,
      plugins: [dts({ dtsOnly: true, sourcemap: false })],
    });
    const { output } = await bundle.generate({ format: "esm" });
    const [chunk] = output;
    await expect(chunk.code).toMatchFileSnapshot(
      join(root, "scripts/package-checks/surface", `${entry.replaceAll("/", "-")}.d.ts`),
    );
  });
});
