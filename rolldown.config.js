// Makes one file of a package's code: when a program starts, each file more costs more time than what is in it.
// `@gpu/unified` stays in modules, so that every bundler can leave out the providers that are not used.
import commonjs, { shared } from "./rolldown.commonjs.config.js";

export default [{ ...shared, output: { dir: "dist", format: "esm", sourcemap: true } }, commonjs];
