/** Statuses with which vendors report a shortage. */
const statuses = new Set([400, 409, 422, 500, 503]);

/** Up to three words of a name, such as `free H100`. */
const words = "(?:(?!(?:for|to|on|in|of|from) )[\\w.]+ ){0,3}";
const machines = "(?:capacity|stock|resources?|gpus?|hosts?|nodes?|machines?|instances?)\\b";
/** Not the service itself, which may be unavailable after it has rented. */
const product =
  "(?:gpu|(?:instance|machine|gpu) types?|gpus|offer|product|sku|capacity) (?:(?!service|server|api|system)[\\w.]+ ){0,3}?";

const shortage = new RegExp(
  `\\b(?:${[
    "sold out|no valid host|resource pool exhausted|out of (?:\\w+ ){0,2}(?:stock|capacity)\\b|no (?:more )?(?:capacity|stock)\\b",
    `(?:not enough|insufficient|lack of) ${words}${machines}`,
    `no (?:longer any )?${words}${machines} (?:(?:are|is) )?(?:currently )?(?:available|free|left)\\b`,
    `no (?:available|free|matching) ${words}${machines}`,
    `(?:not|do(?:es)?n't) have (?:enough|sufficient|any|the) ${words}(?:capacity|resources|gpus|stock)\\b`,
    `${product}(?:(?:is|are) )?(?:currently |temporarily )?(?:not available|no longer available|unavailable|exhausted)\\b`,
  ].join("|")})`,
);

/** Money, rights, limits and things that are not machines run short in the same words. */
const otherReason =
  /\b(?:quotas?|limits?|balance|credits?|funds?|billing|payment|permissions?|privileges?|authori|scopes?|memory|disk|storage|volumes?|images?|templates?|keys?|ips?|aborted|upstream)\b/;

/** Whether a failure certainly says that nothing is in stock. Wording that also fits another reason does not count. */
export function saysNoCapacity(status: number, text: string): boolean {
  if (!statuses.has(status)) return false;
  const plain = text
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/[^a-z0-9.']+/g, " ");
  return shortage.test(plain) && !otherReason.test(plain);
}
