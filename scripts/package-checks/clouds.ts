import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Simulated clouds that listen on loopback. */
export interface Clouds {
  /** What `conformance.js` needs to know of them. */
  readonly places: object;
  /** How many machines run. */
  running(): Promise<number>;
  close(): Promise<void>;
}

/** Starts `clouds.js` of a project that has the packages installed. */
export async function startClouds(project: string): Promise<Clouds> {
  const child = fork(join(project, "clouds.js"), { cwd: project });
  const answer = async () => {
    const [message] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`the simulated clouds ended with ${code}`))),
    ]);
    return message;
  };
  return {
    places: await answer(),
    async running() {
      child.send("running");
      return answer();
    },
    async close() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
