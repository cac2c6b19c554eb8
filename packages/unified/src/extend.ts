import { checkFields, ms, type Rules, signalRules } from "./arguments.js";
import { callContext, findInstance, type GpuContext, readInstance, target, withOwner } from "./context.js";
import { preflightError } from "./errors.js";
import type { Instance } from "./instance.js";
import { checkedExpiry, confirmExpiry, requireOwner } from "./lifetime.js";
import { readMark, withExpiry } from "./mark.js";
import { isoOf } from "./time.js";

export interface ExtendOptions {
  /** The new expiry, in milliseconds from now. A later expiry is kept. */
  ttlMs: number;
  signal?: AbortSignal | undefined;
}

const extendRules = { ttlMs: ms, ...signalRules } satisfies Rules<ExtendOptions>;

/** Moves the expiry of one of the owner's instances. */
export async function extendInstance(
  context: GpuContext,
  instance: { readonly ref: string } | string,
  options: ExtendOptions,
): Promise<Instance> {
  checkFields("extend", options, extendRules, ["ttlMs"]);
  const { ttlMs, signal } = options;
  const { provider, id, ref } = target(context, instance, "extend");
  const refuse = (code: "unsupported" | "not_found" | "conflict" | "invalid_request", reason: string) =>
    preflightError(provider.id, "extend", code, reason);
  requireOwner(context.owner, "extend", "extend needs");
  if (!provider.remark) throw refuse("unsupported", "this vendor cannot change the expiry of an instance");
  const call = callContext(context, signal);
  const found = await findInstance(context, provider, id, call);
  if (!found) throw refuse("not_found", `there is no ${ref}`);
  const mark = found.isMarkAssumed ? undefined : readMark(found.mark);
  if (mark?.owner !== (await context.ownerDigest())) throw refuse("invalid_request", `${ref} shows no mark of this owner`);
  if (mark.expiresAt === null) throw refuse("invalid_request", `${ref} has no expiry`);
  const now = context.time.instant();
  if (mark.expiresAt <= now) throw refuse("conflict", `${ref} has expired, and a sweep may be deleting it`);
  const wanted = withExpiry(mark, Math.max(mark.expiresAt, checkedExpiry(provider.id, "extend", now + ttlMs)));
  if (wanted.text !== mark.text) await provider.remark(id, wanted.text, isoOf(wanted.expiresAt ?? 0), call);
  context.memory.remark(ref, wanted.text);
  const read = (await readInstance(context, provider, id, call)) ?? found;
  return confirmExpiry(context, await withOwner(context, read), wanted);
}
