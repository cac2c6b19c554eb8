import { UserError } from "../openapi/user-error.ts";

/** The packages that a changeset names, each with the part of its version that it raises. */
export function changesetBumps(text: string): [packageName: string, bump: string][] {
  const [, header] = /^---\n((?:[^\n]+\n)+)---\n/.exec(text) ?? [];
  if (header === undefined) throw new UserError("a changeset has no header");
  return header
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, name, bump] = /^"(@gpu\/[a-z0-9-]+)": (patch|minor|major)$/.exec(line) ?? [];
      if (!name || !bump) throw new UserError(`a changeset has a header that cannot be read: ${JSON.stringify(line)}`);
      return [name, bump];
    });
}
