import { askRules, checkFields, providerIds, type Rules, text } from "./arguments.js";
import { callContext, type GpuContext, readInstance, readList, target, withOwner } from "./context.js";
import { preflightError } from "./errors.js";
import type { Access, Instance } from "./instance.js";
import { ownerDigest, readMark } from "./mark.js";
import { type AskOptions, askAll, selectProviders } from "./offers.js";
import type { FoundInstance, InstanceAction } from "./provider.js";
import type { ProviderFailure } from "./report.js";

export interface ListOptions<Id extends string = string> extends AskOptions {
  /** Only instances that this owner created. */
  owner?: string | undefined;
  providers?: readonly Id[] | undefined;
}

/** Instances of all providers. A provider that failed is in `failures`: its instances are unknown, not none. */
export interface ListResult<I extends Instance = Instance> {
  readonly instances: I[];
  /** With `owner`: instances that show no mark (yet). They may be the owner's, and cost, or another's. */
  readonly unattributed: I[];
  readonly failures: ProviderFailure<I["provider"]>[];
}

type Named = { readonly ref: string } | string;

/** The instance as it is now. */
export async function getInstance(context: GpuContext, instance: Named, signal: AbortSignal | undefined): Promise<Instance> {
  const { provider, id, ref } = target(context, instance, "get");
  const found = await readInstance(context, provider, id, callContext(context, signal));
  if (!found) throw preflightError(provider.id, "get", "not_found", `there is no ${ref}`);
  return withOwner(context, found);
}

const listRules = { owner: text, providers: providerIds, ...askRules } satisfies Rules<ListOptions>;

/** Asks every provider at once. */
export async function listInstances(context: GpuContext, given: ListOptions = {}): Promise<ListResult> {
  checkFields("list", given, listRules);
  const { owner, providers, ...options } = given;
  const asked = selectProviders(context, providers, "list");
  const wanted = owner === undefined ? undefined : await ownerDigest(owner);
  const { results, failures } = await askAll(context, asked, "list", options, (provider, call) =>
    readList(context, provider, call),
  );
  const all = results.flat();
  const show = (found: FoundInstance[]) => Promise.all(found.map((one) => withOwner(context, one)));
  if (wanted === undefined) return { instances: await show(all), unattributed: [], failures };
  const [instances, unattributed] = await Promise.all([
    show(all.filter(({ mark }) => readMark(mark)?.owner === wanted)),
    show(all.filter(({ mark }) => mark === "unknown")),
  ]);
  return { instances, unattributed, failures };
}

/** How to log in. */
export async function instanceAccess(context: GpuContext, instance: Named, signal: AbortSignal | undefined): Promise<Access> {
  const { provider, id, ref } = target(context, instance, "access");
  const access = await provider.access(id, callContext(context, signal));
  if (!access) throw preflightError(provider.id, "access", "conflict", `${ref} has no address yet; wait until it is ready`);
  return access;
}

/** Starts, stops or restarts an instance, where the vendor can. */
export async function act(
  context: GpuContext,
  action: InstanceAction,
  instance: Named,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { provider, id } = target(context, instance, action);
  const perform = provider.actions[action];
  if (!perform) throw preflightError(provider.id, action, "unsupported", `this vendor cannot ${action} an instance`);
  await perform(id, callContext(context, signal));
}
