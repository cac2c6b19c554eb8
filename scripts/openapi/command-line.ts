import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UserError } from "./user-error.ts";

/**
 * Reads the arguments of a command. `--help` prints the usage and exits. An unknown option is a `UserError` with the usage.
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
