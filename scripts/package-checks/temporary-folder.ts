import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder outside the repository, so that no package of the workspace can be imported. */
export interface TemporaryFolder {
  /** Created at the first read, so that a skipped test creates nothing. */
  readonly path: string;
  remove(): void;
}

export function temporaryFolder(): TemporaryFolder {
  let made: string | undefined;
  return {
    get path() {
      made ??= realpathSync(mkdtempSync(join(tmpdir(), "gpu-clients-")));
      return made;
    },
    remove() {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
    },
  };
}
