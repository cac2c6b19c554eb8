/** Words that tell how much something is, without the `s` of a plural. */
const units =
  "cent|dollar|usd|euro|eur|credit|percent|[kmgtp]i?b|(?:kilo|mega|giga|tera)byte|byte|gpu|vcpu|core|" +
  "millisecond|ms|second|sec|minute|min|hour|day|week|month|year|hourly|daily|weekly|monthly|yearly";

const measure = new RegExp(`\\d+(?:[.,]\\d+)*|[$€%]|(?<![a-z])(?:${units})(?=s?(?![a-z]))`, "gi");

/** The numbers and units that a text names. */
function measuresIn(text: string): Set<string> {
  return new Set((text.match(measure) ?? []).map((found) => found.toLowerCase()));
}

/** Whether a text of ours says another number or unit than the vendor's, which has since changed in just that. */
export function hidesMeasure(ours: string, before: string, after: string): boolean {
  const [own, old, fresh] = [measuresIn(ours), measuresIn(before), measuresIn(after)];
  const isNew = (found: string) => !old.has(found) && !own.has(found);
  const isGone = (found: string) => !fresh.has(found) && own.has(found);
  return [...fresh].some(isNew) || [...old].some(isGone);
}
