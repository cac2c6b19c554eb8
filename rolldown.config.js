// Makes one file of a package's code: when a program starts, each file more costs more time than what is in it.
import commonjs, { shared } from "./rolldown.commonjs.config.js";

/** Simplifies expressions, which makes the bundles of users smaller, and leaves names and line breaks for readable stack traces. */
const minify = {
  compress: { target: "es2022", sequences: false, joinVars: false, keepNames: { function: true, class: true } },
  mangle: false,
  codegen: { removeWhitespace: false },
};

export default [{ ...shared, output: { dir: "dist", format: "esm", sourcemap: true, minify } }, commonjs];
