import { secretNames } from "@gpu-scripts/lint/rules/secret-names.ts";
import { units } from "@gpu-scripts/lint/rules/units.ts";
import { isObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import { propertiesOf, wordsOf } from "@gpu-scripts/openapi/schemas.ts";
import type { Draft } from "./draft.ts";

/** Units that a name says itself. */
const unitsByWord: Readonly<Record<string, string>> = {
  mb: "MB",
  mib: "MiB",
  gb: "GB",
  gib: "GiB",
  tb: "TB",
  seconds: "seconds",
  secs: "seconds",
  sec: "seconds",
  minutes: "minutes",
  hours: "hours",
  cents: "cents",
  usd: "US dollars",
};

/** Maps and lists of environment variables: anybody may put a key into one. */
const environment = /^(?:env|envs|environment|env(?:ironment)? (?:vars?|variables?))$/;

/** Marks what holds a secret by its name: what the rules take for one, and environments. */
export function markSecrets(draft: Draft): void {
  const names: string[] = [];
  const environments = propertiesOf(draft.document).filter(
    ({ name, schema }) => environment.test(wordsOf(name).join(" ")) && schema["x-secret"] === undefined,
  );
  for (const { place } of [...secretNames.check(draft.document), ...environments]) {
    names.push(String(place.at(-1)));
    draft.update(place, "Holds a secret, by its name; so it never shows in an error, a hook or a log.", { "x-secret": true });
  }
  const found = names.length > 0 ? `; marked by their names: ${[...new Set(names)].join(", ")}` : "";
  draft.left.push(`which fields hold secrets (\`x-secret\`)${found}`);
}

/** Says the unit of prices, sizes and times where their names do; elsewhere that it is not documented. */
export function sayUnits(draft: Draft): void {
  const unknown: string[] = [];
  for (const { place } of units.check(draft.document)) {
    const node = draft.at(place);
    if (!isObject(node)) continue;
    const name = stringAt(node, "in") === undefined ? String(place.at(-1)) : (stringAt(node, "name") ?? "");
    // `GiB` is one word, whatever its capitals say.
    const words = wordsOf(name)
      .join(" ")
      .replace(/\b([kmgt]i) b\b/g, "$1b")
      .split(" ");
    const said = words.flatMap((word) => unitsByWord[word] ?? [])[0];
    const time = words.some((word) => word === "hour" || word === "hourly") ? " per hour" : "";
    if (said === undefined) unknown.push(name);
    const unit = said === undefined ? "Its unit is not documented." : `In ${said}${time}, by its name.`;
    // What stands beside a reference is read in place of what stands behind it.
    const before = (stringAt(node, "description") ?? stringAt(draft.at(draft.resolve(place)), "description"))?.trim();
    draft.update(place, "A number without a unit is read wrong by a factor.", {
      description: before ? `${before.replace(/(?<![.!?])$/, ".")} ${unit}` : unit,
    });
  }
  if (unknown.length > 0) draft.left.push(`units that the document does not say: ${[...new Set(unknown)].join(", ")}`);
}
