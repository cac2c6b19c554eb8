import { withoutHidden } from "./characters.ts";

/** A mistake in the input: shown as one line, without a stack trace. */
export class UserError extends Error {
  override name = "UserError";

  /** Messages quote files and addresses, whose control characters must not reach a terminal or a report. */
  constructor(message: string, options?: ErrorOptions) {
    super(withoutHidden(message.replaceAll("\r", "")), options);
  }
}

/** Runs a command; a `UserError` ends it with one line on stderr and exit code 1. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  // A reader such as `head` closes the pipe when it has enough.
  process.stdout.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  }
}
