import type { SideEffect } from "@gpu/core";
import { callContext, type GpuContext } from "../context.js";
import { discardWith } from "../delete.js";
import { preflightError, unifiedError } from "../errors.js";
import { type Instance, splitRef } from "../instance.js";
import type { Offer } from "../offer.js";
import type { ConnectedProvider, PreparedCreate } from "../provider.js";
import type { AnyCreateRequest } from "../request.js";
import { roundUsd } from "../vendor-values.js";
import type { Plan } from "./plan.js";

/** Offers older than this are read again before a create. */
const freshForMs = 60_000;

/** Reads price and stock again before the paid call, if there is a limit or the offer is not fresh. Returns the current offer if it was read. */
export async function checkPriceAndStock(
  context: GpuContext,
  { provider, request, offerId, known: { justRead } }: Plan,
  signal: AbortSignal,
): Promise<Offer | undefined> {
  const { offer, maxUsdPerHour, maxUsd } = request;
  // `limits` and `maxUsd` need a price, which the id of an offer does not have.
  const isPriced = (context.limits?.maxUsdPerHour === undefined || typeof offer !== "string") && maxUsd === undefined;
  if (maxUsdPerHour === undefined && isPriced && isFresh(context, offer)) return undefined;
  const isRead = justRead !== undefined && isFresh(context, justRead);
  const wanted = { offer: splitRef(offerId).id };
  const offers = isRead ? [justRead] : await provider.listOffers(callContext(context, signal), wanted);
  const current = offers.find(({ id }) => id === offerId);
  if (!current) throw preflightError(provider.id, "create", "offer_gone", `${offerId} is no longer offered`);
  if (current.availability === "unavailable")
    throw preflightError(provider.id, "create", "no_capacity", `${offerId} is out of stock`);
  const limit = maxUsdPerHour ?? (typeof offer === "string" ? null : offer.usdPerHour);
  if (limit !== null) refuseAbove(provider, current, limit, maxUsdPerHour === undefined);
  return current;
}

/** A time in the future is from another clock and proves nothing. */
function isFresh({ time }: GpuContext, offer: Offer | string): boolean {
  if (typeof offer === "string") return true;
  const age = time.instant() - Date.parse(offer.observedAt);
  return age >= 0 && age <= freshForMs;
}

/** The price of the whole instance, including what the request adds to the offer. A limit applies to this price. */
export function checkExtras(
  { provider, request }: Plan,
  { id, usdPerHour }: Offer,
  { extraUsdPerHour = 0 }: PreparedCreate,
): number | null {
  const whole = wholePrice(usdPerHour, extraUsdPerHour);
  if (request.maxUsdPerHour !== undefined && extraUsdPerHour !== 0) {
    refuseAbove(provider, { id: `${id} with the requested extras`, usdPerHour: whole }, request.maxUsdPerHour, false);
  }
  return whole;
}

/** The price of an offer plus the extra price of a request; null when either is unknown. */
export function wholePrice(usdPerHour: number | null, extraUsdPerHour: number | null = 0): number | null {
  return usdPerHour === null || extraUsdPerHour === null ? null : roundUsd(usdPerHour + extraUsdPerHour);
}

function refuseAbove(
  provider: ConnectedProvider,
  { id, usdPerHour }: Pick<Offer, "id" | "usdPerHour">,
  limit: number,
  fromOffer: boolean,
): void {
  if (usdPerHour !== null && usdPerHour <= limit) return;
  const price = usdPerHour === null ? "has no published price" : `costs ${usdPerHour} USD an hour`;
  const bound = fromOffer ? `the offer's price was ${limit}` : `the limit is ${limit}`;
  throw preflightError(provider.id, "create", "price_exceeded", `${id} ${price}; ${bound}`);
}

/** Deletes an instance that exceeds the limit, and verifies the deletion. An instance without a price has that of its offer, which was checked. */
export async function guardPrice(context: GpuContext, instance: Instance, maxUsdPerHour: number | undefined): Promise<Instance> {
  if (maxUsdPerHour === undefined || instance.usdPerHour === null || instance.usdPerHour <= maxUsdPerHour) return instance;
  const { provider, ref, usdPerHour } = instance;
  const excess = `${ref} costs ${usdPerHour} USD an hour, the limit is ${maxUsdPerHour}`;
  throw await discardWith(context, instance, preflightError(provider, "create", "price_exceeded", excess));
}

/** The instance of an earlier create is not deleted because of this create's limit. */
export function checkPriorPrice(instance: Instance, { maxUsdPerHour }: AnyCreateRequest, sideEffect: SideEffect): Instance {
  const { provider, ref, usdPerHour } = instance;
  if (maxUsdPerHour === undefined || (usdPerHour !== null && usdPerHour <= maxUsdPerHour)) return instance;
  const what = `${ref}, which exists under this idempotency key,`;
  const [code, reason] =
    usdPerHour === null
      ? (["limit_unknown", `${what} shows no price, so the limit of ${maxUsdPerHour} USD an hour cannot be checked`] as const)
      : (["price_exceeded", `${what} costs ${usdPerHour} USD an hour; the limit is ${maxUsdPerHour}`] as const);
  throw unifiedError(provider, "create", code, reason, sideEffect, undefined, { ref, instance });
}
