import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Simulated clouds on loopback ports. */
export interface Clouds {
  /** Their URLs, keys and time, for `exercise.js`. */
  readonly addresses: object;
  /** The number of running machines. */
  running(): Promise<number>;
  close(): Promise<void>;
}

/** Starts `clouds.js` of a project in which the packages are installed. */
export async function startClouds(project: string): Promise<Clouds> {
  const child = fork(join(project, "clouds.js"), { cwd: project });
  const nextMessage = async () => {
    const [message] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`the simulated clouds ended with ${code}`))),
    ]);
    return message;
  };
  return {
    addresses: await nextMessage(),
    async running() {
      child.send("running");
      return nextMessage();
    },
    async close() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
