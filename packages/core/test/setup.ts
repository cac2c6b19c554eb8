import fc from "fast-check";

/** A fixed seed gives the same examples in every run. Set `FC_SEED` to try others. */
fc.configureGlobal({ seed: Number(process.env["FC_SEED"] ?? 20_261_121) });
