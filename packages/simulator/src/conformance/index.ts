import { kindsOf, steps, strike } from "./fault-matrix.js";
import { lifeCycle, lifeCycleOfKeys } from "./life-cycle.js";
import { type MakeProvider, vendorOf } from "./world.js";

export { ConformanceError } from "./assert.js";
export type {
  AccessUnderTest,
  CallContextUnderTest,
  ConnectedProviderUnderTest,
  CreateUnderTest,
  FoundUnderTest,
  OfferUnderTest,
  PreparedUnderTest,
  ProviderUnderTest,
} from "./provider.js";
export type { MakeProvider } from "./world.js";

/** One thing that a provider must do. */
export interface ConformanceCase {
  readonly name: string;
  /** Rejects with a `ConformanceError` that says what is wrong. */
  run(): Promise<void>;
}

/**
 * Everything that a provider of `@gpu/unified` must do, for any test runner: the life cycle, and every kind of fault at every request
 * of every step. Each case has a simulated vendor of its own, the one that the provider's `id` names, and a virtual clock.
 *
 * `makeProvider` gets the options of the vendor's client, with `fetch`, `clock` and `apiKey`:
 * `for (const { name, run } of cases((options) => shadeform(options))) test(name, run);`
 */
export function cases(makeProvider: MakeProvider): ConformanceCase[] {
  const vendor = vendorOf(makeProvider);
  const stepNames = Object.keys(steps) as (keyof typeof steps)[];
  const remembersKeys = makeProvider({}).connect({}).guarantee === "key";
  return [
    ...Object.entries({ ...lifeCycle, ...(remembersKeys && lifeCycleOfKeys) }).map(([name, run]) => ({
      name,
      run: () => run(makeProvider),
    })),
    ...stepNames.flatMap((step) =>
      kindsOf(step, vendor).map((kind) => ({
        name: `${step}: ${kind} at any request`,
        run: () => strike(makeProvider, step, kind),
      })),
    ),
  ];
}
