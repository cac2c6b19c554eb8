export { type ConformanceTarget, conformanceCases } from "./conformance/runner.js";
