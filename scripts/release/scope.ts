import { readFileSync } from "node:fs";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";

/** The npm scope of the packages, as `scope.json` records it. */
export interface Scope {
  name: string;
  /** The npm user or organization that is confirmed to own the scope and to be ours; null until then. */
  owner: string | null;
}

/** Reads `scope.json`, the one place that records who owns the scope. */
export function readScope(): Scope {
  const { name, owner } = JSON.parse(readFileSync(new URL("scope.json", import.meta.url), "utf8")) as Record<string, unknown>;
  if (typeof name !== "string" || !(owner === null || typeof owner === "string"))
    throw new UserError("scripts/release/scope.json: needs a `name`, and an `owner` that is a string or null");
  return { name, owner };
}

/** Refuses to publish under an unconfirmed scope: its owner on npm decides what its packages do with users' keys. */
export function refuseUnownedScope({ name, owner }: Scope): void {
  if (owner === null || owner.trim() === "") {
    throw new UserError(
      `not published: it is not confirmed who owns the npm scope ${name}; register it, or rename the packages, and name its owner in scripts/release/scope.json`,
    );
  }
}
