import builds from "../../rolldown.config.js";

const [esm, commonjs] = builds;

// In modules, so that every bundler can leave out the providers that a program does not use.
export default [{ ...esm, output: { ...esm.output, preserveModules: true, preserveModulesRoot: "src" } }, commonjs];
