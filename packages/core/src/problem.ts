/** A mistake of the caller's, found before anything was sent. Its message says what to do. Becomes a `GpuError` with the code `configuration`. */
export class ConfigurationProblem extends Error {}
