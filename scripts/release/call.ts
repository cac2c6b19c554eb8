import { runToEnd } from "../openapi/process.ts";
import { UserError } from "../openapi/user-error.ts";
import { root } from "../openapi/vendors.ts";

/** Runs a program and gives what it printed; when it fails, the error is one line with what the program said. */
export type Call = (program: string, args: readonly string[]) => Promise<string>;

export const callInTree: Call = async (program, args) => {
  const { code, stdout, stderr } = await runToEnd(program, args, { cwd: root }).catch((error: Error) => ({
    code: null,
    stdout: "",
    stderr: error.message,
  }));
  if (code === 0) return stdout;
  const reason = stderr.trim() || `ended with ${code}`;
  throw new UserError(`${program} ${args.join(" ")}: ${reason.split("\n").join(" ")}`);
};
