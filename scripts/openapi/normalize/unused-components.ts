import { isObject, objectAt } from "../json.ts";
import { reachableComponents } from "../reachable.ts";
import type { Repair } from "./repair.ts";

/** Removes components without references. They stay in the vendor's file, and come back when something refers to them. */
export const unusedComponents: Repair = {
  title: "components left out that nothing refers to",
  apply(document, note) {
    const components = objectAt(document, "components");
    const used = reachableComponents(document, document);
    for (const [section, entries] of Object.entries(components)) {
      if (section === "securitySchemes" || section.startsWith("x-") || !isObject(entries)) continue;
      for (const name of Object.keys(entries)) {
        if (objectAt(used, section)[name] !== undefined) continue;
        delete entries[name];
        note(["components", section, name]);
      }
      if (Object.keys(entries).length === 0) delete components[section];
    }
  },
};
