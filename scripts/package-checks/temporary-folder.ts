import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder outside the repository, where no package of the workspace is in reach. */
export interface TemporaryFolder {
  /** Made when it is first asked for: a test that is skipped leaves nothing behind. */
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
