// Every other program is run through this file. It needs no package, so that the job that proposes can use it without an installation.
import { execFile, spawn } from "node:child_process";
import { setPriority } from "node:os";

/** The result of a process. */
export interface Finished {
  /** Its exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with which variables a program runs. */
export interface Surroundings {
  readonly cwd: string;
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How a program is run whose output is read. */
export interface RunOptions extends Surroundings {
  /** Its standard input; empty by default. */
  readonly input?: string;
  /** The program is killed after this many milliseconds, and its `code` is null then. Without a limit, it may run forever. */
  readonly timeoutMs?: number;
  /** One of `os.constants.priority`. */
  readonly priority?: number;
}

/** Output beyond this many bytes is an error: it would be kept in memory. */
const maxOutput = 64 * 1024 * 1024;

/**
 * Runs a program and returns its exit code and output. The program starts before the promise is returned. Fails
 * when the program cannot be started or prints more than 64 MiB.
 */
export function runToEnd(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const { cwd, env = {}, input = "", timeoutMs = 0, priority } = options;
  return new Promise((resolve, reject) => {
    const settings = {
      cwd,
      env: { ...process.env, ...env },
      maxBuffer: maxOutput,
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    } as const;
    const child = execFile(command, args, settings, (error, stdout, stderr) => {
      // A number is an exit code; a text says why there is none.
      if (typeof error?.code === "string") reject(error);
      else resolve({ code: error === null ? 0 : (error.code ?? null), stdout, stderr });
    });
    // A program may end without reading its input.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
  });
}

/** Runs a program and returns its stdout. Throws with all its output unless the exit code is 0. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(command, args, options);
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} in ${options.cwd} exited with ${code}\n${stdout}${stderr}`);
}

/** Runs a program with its output shown, and returns its exit code; null when a signal ended it. */
export function runShown(command: string, args: readonly string[], { cwd, env = {} }: Surroundings): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
    child.once("error", reject);
    child.once("close", resolve);
  });
}
