import { createGpu, fal, lambda, novita, runcrate, runpod, shadeform, thunderCompute, vast } from "@gpu/unified";

/**
 * The clouds, with keys from the environment: TNR_API_TOKEN, SHADEFORM_API_KEY, FAL_KEY, NOVITA_API_KEY, RUNCRATE_API_KEY,
 * LAMBDA_API_KEY, RUNPOD_API_KEY and VAST_API_KEY. Calls report a cloud without a key in `failures`; the other clouds still work.
 */
export const clouds = createGpu({
  providers: [thunderCompute(), shadeform(), fal(), novita(), runcrate(), lambda(), runpod(), vast()],
  owner: "examples",
});
