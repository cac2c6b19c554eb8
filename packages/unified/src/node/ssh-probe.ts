import { connect } from "node:net";
import type { Access } from "../instance.js";

/** A server may send other lines first (RFC 4253, section 4.2). */
const longestGreeting = 8_192;

/**
 * A `probe` for `waitUntilReady` and `launch`: whether the machine's SSH server sends its banner to this process. It does not log in.
 * Experimental.
 */
export function sshProbe(): (access: Access, signal: AbortSignal) => Promise<boolean> {
  return ({ host, port }, signal) =>
    new Promise((resolve) => {
      const socket = connect({ host, port });
      let greeting = "";
      const end = (isThere: boolean) => {
        signal.removeEventListener("abort", stop);
        socket.destroy();
        resolve(isThere);
      };
      const stop = () => end(false);
      socket.setEncoding("latin1");
      socket.on("data", (text: string) => {
        greeting += text;
        if (/^SSH-/m.test(greeting)) end(true);
        else if (greeting.length > longestGreeting) end(false);
      });
      socket.on("error", stop);
      socket.on("close", stop);
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
    });
}
