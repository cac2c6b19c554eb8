import { SimulatorError } from "../options.js";
import { type MakeCloud, simulatedCloud } from "./cloud.js";
import { creates } from "./creates.js";
import { deletes } from "./deletes.js";
import { type StepName, steps, strike, troublesOf } from "./fault-matrix.js";
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

/** One thing that a provider must do. */
export interface ConformanceCase {
  readonly name: string;
  /** Rejects with a `ConformanceError` that says what is wrong. */
  run(): Promise<void>;
}

/** Options of `cases`. `createGpu` of `@gpu/unified` adds the cases of the whole API with this provider. */
export interface CasesOptions extends Partial<WholeApi> {
  /** Makes the stand-in for the provider's vendor. Default: the simulator, with the vendor that has the provider's id. */
  readonly cloud?: MakeCloud | undefined;
}

/**
 * Everything that a provider of `@gpu/unified` must do, for any test runner: the life cycle, lists and their pages, and every kind of
 * fault at every request of every step; with `createGpu` also what creates, deletes, waits and launches say. Each case has a stand-in
 * of its own, and a virtual clock.
 *
 * `makeProvider` gets the options of the vendor's client, with `fetch`, `clock` and `apiKey`:
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
    createGpu: options.createGpu,
  };
  const remembersKeys = provider.connect({}).guarantee === "key";
  const named = {
    ...lifeCycle,
    ...(remembersKeys && lifeCycleOfKeys),
    ...lists,
    ...pageCases(suite),
    ...numberCases(suite),
    ...soldOut,
    ...(suite.createGpu && { ...creates, ...deletes, ...waits, ...machines }),
  };
  return [
    ...Object.entries(named).map(([name, run]) => ({ name, run: () => run(suite) })),
    ...(Object.keys(steps) as StepName[]).flatMap((step) =>
      troublesOf(step, suite).map((trouble) => ({
        name: `${step}: ${trouble} at any request`,
        run: () => strike(suite, step, trouble),
      })),
    ),
  ];
}
