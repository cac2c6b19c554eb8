// Prints times, as ratios within one run on this machine, and bundle sizes. `pnpm bench` runs all benchmarks, and
// `pnpm bench size offers` runs two of them.
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { measureImportTime } from "./import-time.ts";
import { measureOffers } from "./offers.ts";
import { measureRegenerate } from "./regenerate.ts";
import { measureSizes } from "./size.ts";
import { measureSpeed } from "./speed.ts";
import { rendered, type Table } from "./table.ts";
import { measureTypeCheck } from "./type-check.ts";

const parts: Record<string, () => Promise<Table>> = {
  speed: measureSpeed,
  size: measureSizes,
  import: measureImportTime,
  types: measureTypeCheck,
  offers: measureOffers,
  regenerate: measureRegenerate,
};

await runCommand(async () => {
  const { positionals: selected } = readArguments(`pnpm bench [${Object.keys(parts).join("|")} …]`, {});
  const unknown = selected.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined)
    throw new UserError(`there is no benchmark "${unknown}"; there are ${Object.keys(parts).join(", ")}`);
  for (const [name, measure] of Object.entries(parts)) {
    if (selected.length === 0 || selected.includes(name)) console.log(rendered(await measure()));
  }
  return 0;
});
