/** Invalid options or data. Becomes a `GpuError` with the code `configuration` and this message. */
export class ConfigurationError extends Error {}
