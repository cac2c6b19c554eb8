import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UserError } from "./user-error.ts";

/**
 * Reads the arguments of a command. `--help` prints how it is called, and ends it. An option that it does not have is a mistake of the
 * user's, answered with the same.
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  usage: string,
  options: Options,
  { allowPositionals = true } = {},
) {
  if (process.argv.includes("--help")) {
    process.stdout.write(`usage: ${usage}\n`);
    process.exit(0);
  }
  try {
    const { positionals, values } = parseArgs({ allowPositionals, options });
    const words: string[] = positionals;
    return { positionals: words, values };
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw new UserError(`${problem}; usage: ${usage}`);
  }
}
