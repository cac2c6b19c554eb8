/** The caller's mistake, found before anything was sent. Becomes a `GpuError` with the code `configuration` and this message. */
export class ConfigurationError extends Error {}
