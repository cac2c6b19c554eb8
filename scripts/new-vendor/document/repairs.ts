import { isObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { type LintProblem, lintProblems } from "@gpu-scripts/openapi/redocly.ts";
import { walkDescription } from "@gpu-scripts/openapi/schemas.ts";
import { reachableComponents } from "@gpu-scripts/regenerate/operations.ts";
import { type Draft, type Location, stepsOf } from "./draft.ts";

/** Takes away what nothing refers to. */
export function dropUnused(draft: Draft): void {
  const used = reachableComponents(draft.document, draft.document);
  for (const [section, entries] of Object.entries(objectAt(draft.document, "components"))) {
    if (!isObject(entries) || section === "securitySchemes" || section.startsWith("x-")) continue;
    const names = Object.keys(entries);
    const unused = names.filter((name) => objectAt(used, section)[name] === undefined);
    for (const name of unused) draft.remove(["components", section, name], "Nothing refers to it.");
    if (unused.length === names.length) draft.remove(["components", section], "Nothing is left in it.");
  }
}

/** Takes away entries that stand twice in a list whose entries are unique. */
export function dropDuplicates(draft: Draft): void {
  const found: Location[] = [];
  walkDescription(draft.document, (object, place) => {
    for (const key of ["required", "enum", "tags"]) {
      const entries = object[key];
      if (!Array.isArray(entries) || place.at(-1) === "properties") continue;
      const texts = entries.map((entry) => JSON.stringify(entry));
      texts.forEach((text, index) => {
        if (texts.indexOf(text) < index) found.push([...place, key, index]);
      });
    }
  });
  for (const location of found.reverse()) draft.remove(location, "Stands twice in its list.");
}

/** What the linter finds wrong in the vendor's own examples, and in lists of required fields. */
export async function lintUpstream(draft: Draft): Promise<{ badExamples: Location[] }> {
  const problems = await lintProblems(draft.document, `specs/${draft.id}`);
  const of = (rule: string) => problems.filter((problem) => problem.rule === rule).map((problem) => locationOf(draft, problem));
  for (const location of of("no-required-schema-properties-undefined").reverse()) {
    if (location.at(-2) === "required") draft.removeIfThere(location, "Requires a field that the schema does not have.");
  }
  const rules = ["no-invalid-media-type-examples", "no-invalid-schema-examples", "no-invalid-parameter-examples"];
  const badExamples = rules.flatMap(of).flatMap((location) => {
    const at = location.findIndex((step) => step === "example" || step === "examples");
    if (at < 0) return [];
    return [location.slice(0, location[at] === "examples" ? at + 2 : at + 1)];
  });
  const unique = new Map(badExamples.map((location) => [JSON.stringify(location), location]));
  return { badExamples: [...unique.values()] };
}

/** A number in a pointer is an index only where a list is: a status is a key. */
function locationOf(draft: Draft, { pointer }: LintProblem): Location {
  const steps = stepsOf(pointer);
  return steps.map((step, index) => (Array.isArray(draft.at(steps.slice(0, index))) ? Number(step) : step));
}
