import { askRules, checkFields, providerIds, type Rules } from "./arguments.js";
import type { GpuContext } from "./context.js";
import { type AskOptions, askAll, selectProviders } from "./offers.js";
import type { ProviderFailure } from "./report.js";

export interface BalanceOptions<Id extends string = string> extends AskOptions {
  /** Only these providers are asked. */
  providers?: readonly Id[] | undefined;
}

/** What an account has left. */
export interface Balance<Id extends string = string> {
  readonly provider: Id;
  /** US dollars that can be spent; null where the vendor's API does not report that. */
  readonly usdAvailable: number | null;
}

/** A provider that failed is in `failures`: its balance is unknown. */
export interface BalancesResult<Id extends string = string> {
  readonly balances: Balance<Id>[];
  readonly failures: ProviderFailure<Id>[];
}

const balanceRules = { providers: providerIds, ...askRules } satisfies Rules<BalanceOptions>;

/** Asks every provider at once. */
export async function readBalances(context: GpuContext, given: BalanceOptions = {}): Promise<BalancesResult> {
  checkFields("balances", given, balanceRules);
  const { providers, ...options } = given;
  const asked = selectProviders(context, providers, "balances");
  const { results, failures } = await askAll(context, asked, "balances", options, async (provider, call) => ({
    provider: provider.id,
    usdAvailable: (await provider.balance?.(call)) ?? null,
  }));
  return { balances: results, failures };
}
