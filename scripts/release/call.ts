import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { UserError } from "../openapi/user-error.ts";
import { root } from "../openapi/vendors.ts";

/** Runs a program and gives what it printed; when it fails, the error is one line with what the program said. */
export type Call = (program: string, args: readonly string[]) => Promise<string>;

const execute = promisify(execFile);

export const callInTree: Call = async (program, args) => {
  try {
    return (await execute(program, [...args], { cwd: root, maxBuffer: 64_000_000 })).stdout;
  } catch (error) {
    const said = String(error instanceof Error && "stderr" in error ? error.stderr : "").trim();
    const reason = said === "" && error instanceof Error ? error.message : said;
    throw new UserError(`${program} ${args.join(" ")}: ${reason.split("\n").join(" ")}`);
  }
};
