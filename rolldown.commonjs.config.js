// The CommonJS half of a package, in `dist/cjs`: one file of code for each entry, and declarations of its own. TypeScript takes
// declarations for CommonJS only next to a package.json that says so.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {{ import: { types: string, default: string } } | string} Export */

const { version, exports } = JSON.parse(readFileSync("package.json", "utf8"));

/** `dist/conformance/index.js` → `conformance/index`, for each entry of the package's `exports`. */
const entries = Object.values(/** @type {Record<string, Export>} */ (exports))
  .flatMap((target) => (typeof target === "string" ? [] : [target.import.default]))
  .map((file) => file.replace(/^\.\/dist\//, "").replace(/\.js$/, ""));

/** What both formats share. */
export const shared = {
  input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
  external: /^[^./]/,
  platform: "neutral",
  logLevel: "warn",
  // The version that clients send in their User-Agent.
  transform: { define: { PACKAGE_VERSION: JSON.stringify(version) } },
};

/** Copies what tsc wrote to `dist` into `dist/cjs`. */
const declarations = {
  name: "commonjs-declarations",
  writeBundle() {
    const isDeclaration = (/** @type {string} */ file) => !file.startsWith("cjs") && /\.d\.ts(\.map)?$/.test(file);
    for (const file of readdirSync("dist", { recursive: true, encoding: "utf8" }).filter(isDeclaration)) {
      const copy = join("dist/cjs", file);
      cpSync(join("dist", file), copy);
      if (!file.endsWith(".map")) continue;
      const map = JSON.parse(readFileSync(copy, "utf8"));
      // One folder deeper, the sources are one step further up.
      writeFileSync(copy, JSON.stringify({ ...map, sources: map.sources.map((/** @type {string} */ source) => `../${source}`) }));
    }
    writeFileSync("dist/cjs/package.json", `${JSON.stringify({ type: "commonjs" })}\n`);
  },
};

export default {
  ...shared,
  output: { dir: "dist/cjs", format: "cjs", sourcemap: true, exports: "named", chunkFileNames: "chunks/[name].js" },
  plugins: [declarations],
};
