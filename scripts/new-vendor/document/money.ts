import { dereference, type JsonObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isRead, type Operation, operationsOf, parametersOf } from "@gpu-scripts/openapi/operations.ts";
import type { Draft } from "./draft.ts";

/** Says of each operation whether it may cost money and whether it may be sent again, by caution: what is not known is paid. */
export function sayMoney(draft: Draft): void {
  const [paid, repeatable]: [string[], string[]] = [[], []];
  for (const operation of operationsOf(draft.document)) {
    if (isRead(operation)) continue;
    const place = ["paths", operation.path, operation.method];
    const name = stringAt(operation.object, "operationId") ?? "";
    if (operation.method === "delete") {
      const isStable = deletesByUniqueId(draft.document, operation);
      if (isStable) repeatable.push(name);
      draft.update(
        place,
        isStable
          ? "HTTP says that a delete may be sent again, and its id is a UUID, which no later thing gets."
          : "Its id may be given to another thing later, which a second delete would hit.",
        { "x-idempotent": isStable },
      );
    } else if (isKeyOfUser(operation)) {
      draft.update(place, "Storing a public key costs nothing; whether it may be sent again is not documented.", {
        "x-paid": false,
        "x-idempotent": false,
      });
    } else {
      paid.push(name);
      draft.update(place, "May cost money, as far as the document tells; so it is never sent twice.", {
        "x-paid": true,
        "x-idempotent": false,
      });
    }
  }
  if (paid.length > 0)
    draft.left.push(`which operations cost money (all of these count as paid, and are never sent twice): ${paid.join(", ")}`);
  if (repeatable.length > 0)
    draft.left.push(`whether these deletes may be sent again, as they are now: ${repeatable.join(", ")}`);
  const keyed = operationsOf(draft.document).filter(({ object, ...rest }) =>
    parametersOf(draft.document, { object, ...rest }).some(
      (parameter) => parameter["in"] === "header" && /idempotency/i.test(stringAt(parameter, "name") ?? ""),
    ),
  );
  if (keyed.length > 0) {
    const names = keyed.map(({ object }) => stringAt(object, "operationId")).join(", ");
    draft.left.push(
      `\`x-idempotency-key\` with the seconds for which the vendor remembers a key: a header takes one in ${names}`,
    );
  }
}

/** SSH keys: no cloud bills them. */
function isKeyOfUser({ path }: Operation): boolean {
  const [last] = path
    .split("/")
    .filter((segment) => segment !== "" && !segment.startsWith("{"))
    .slice(-1);
  return /^ssh[-_]?keys?$/i.test(last ?? "");
}

function deletesByUniqueId(document: JsonObject, operation: Operation): boolean {
  const name = /\{([^{}]+)\}\/?$/.exec(operation.path)?.[1];
  const parameter = parametersOf(document, operation).find((one) => one["in"] === "path" && one["name"] === name);
  return stringAt(dereference(document, parameter?.["schema"]), "format") === "uuid";
}
