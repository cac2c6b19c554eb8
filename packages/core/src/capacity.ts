/** Up to four words of a name, such as `free H100`. */
const words = "((?!for|to|on|in|such|service|server|api)[\\w.]+ ){0,4}";

const shortage = new RegExp(
  `\\b(sold out|no valid host|pool exhausted|out of (\\w+ ){0,2}(stock|capacity)|no (more )?(capacity|stock)|${[
    `(not enough|insufficient|have (enough|sufficient|the)|no (available|free)) ${words}(capacity|stock|(resource|gpu|host|node|machine|instance)s?)`,
    `no ${words}(gpu|host|node|machine|instance)s? (are )?(currently )?available`,
    // Not the service itself: it may become unavailable after it has rented a machine.
    `(gpus?|(gpu|instance|machine) type|offer|product|capacity) ${words}(not|no longer|un) ?available`,
  ].join("|")})\\b`,
);

/** Messages about money, permissions, limits and other resources use the same wording. */
const otherReason =
  /\b(quota|limit|balance|credit|fund|bill|pay|permission|privilege|scope|memory|disk|storage|volume|image|template|key|ips?\b|abort)/;

/** Whether a message certainly means that nothing is in stock. Wording that also fits another reason does not count. */
export function saysNoCapacity(status: number, text: string): boolean {
  const plain = text
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/[^a-z0-9.']+/g, " ");
  return [400, 409, 422, 500, 503].includes(status) && shortage.test(plain) && !otherReason.test(plain);
}
