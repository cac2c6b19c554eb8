import { runToEnd } from "../openapi/process.ts";
import { UserError } from "../openapi/user-error.ts";
import { root } from "../openapi/vendors.ts";

/** Runs a program and returns its output; when it fails, the error is one line with what it wrote to stderr. */
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
