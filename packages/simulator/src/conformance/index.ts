import { SimulatorError } from "../options.js";
import { type MakeCloud, simulatedCloud } from "./cloud.js";
import { creates } from "./creates.js";
import { deletes } from "./deletes.js";
import { faultCasesOf, type StepName, steps, strike } from "./fault-matrix.js";
import { lifeCycle, lifeCycleOfKeys } from "./life-cycle.js";
import { lists, numberCases, pageCases } from "./lists.js";
import { machines } from "./machines.js";
import type { WholeApi } from "./provider.js";
import { soldOut } from "./sold-out.js";
import { waits } from "./waits.js";
import type { MakeProvider, Suite } from "./world.js";

export { ConformanceError } from "./assert.js";
export type { Cloud, CloudCatalogue, CloudFault, CloudRental, CloudSettings, MakeCloud } from "./cloud.js";
export type {
  AccessUnderTest,
  CallContextUnderTest,
  ConnectedProviderUnderTest,
  CreateUnderTest,
  FoundUnderTest,
  GpuCreateUnderTest,
  GpuFieldsUnderTest,
  GpuLaunchUnderTest,
  GpuUnderTest,
  InstanceUnderTest,
  OfferId,
  OfferUnderTest,
  PreparedUnderTest,
  ProviderUnderTest,
  WholeApi,
} from "./provider.js";
export type { MakeProvider } from "./world.js";

/** A test of one requirement. */
export interface ConformanceCase {
  readonly name: string;
  /** Rejects with a `ConformanceError` that describes the failure. */
  run(): Promise<void>;
}

/** Options of `cases`. `createGpu` of `@gpu/unified` adds the cases of its functions with this provider. */
export interface CasesOptions extends Partial<WholeApi> {
  /** Creates the simulated vendor. Default: the simulator with the vendor of the provider's id. */
  readonly cloud?: MakeCloud | undefined;
}

/**
 * The tests that every provider of `@gpu/unified` must pass, for any test runner: the life cycle, lists and pages, and every fault at
 * every request of every step. With `createGpu`, also the results of creates, deletes, waits and launches. Each case has its own
 * simulated vendor and virtual clock.
 *
 * `makeProvider` receives the options of the vendor's client, with `fetch`, `clock` and `apiKey`:
 * `for (const { name, run } of cases((options) => shadeform(options), { createGpu })) test(name, run);`
 */
export function cases(makeProvider: MakeProvider, options: CasesOptions = {}): ConformanceCase[] {
  const provider = makeProvider({});
  for (const name of ["cloud", "createGpu"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "function") throw new SimulatorError(`cases: ${name} must be a function`);
  }
  const suite: Suite = {
    vendor: provider.id,
    makeProvider,
    makeCloud: options.cloud ?? simulatedCloud(provider.id),
    marks: new Map(),
    faultless: new Map(),
    createGpu: options.createGpu,
  };
  const hasKeys = provider.connect({}).guarantee === "key";
  const named = {
    ...lifeCycle,
    ...(hasKeys && lifeCycleOfKeys),
    ...lists,
    ...pageCases(suite),
    ...numberCases(suite),
    ...soldOut,
    ...(suite.createGpu && { ...creates, ...deletes, ...waits, ...machines }),
  };
  return [
    ...Object.entries(named).map(([name, run]) => ({ name, run: () => run(suite) })),
    ...(Object.keys(steps) as StepName[]).flatMap((step) =>
      faultCasesOf(step, suite).map((faultCase) => ({
        name: `${step}: ${faultCase} at any request`,
        run: () => strike(suite, step, faultCase),
      })),
    ),
  ];
}
