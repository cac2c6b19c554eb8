// Prints how fast and how large a vendor's client is against others: ratios of one run on this machine, and bytes.
import { fork } from "node:child_process";
import { once } from "node:events";
import { contestants, generateRedoclyClient } from "./clients.ts";
import { measureSizes } from "./size.ts";
import { measureSpeed } from "./speed.ts";

const redoclyClient = generateRedoclyClient();
const server = fork(new URL("server.ts", import.meta.url));
try {
  const [port] = (await once(server, "message")) as [number];
  const speeds = await measureSpeed(await contestants(`http://127.0.0.1:${port}`));
  const sizes = await measureSizes(redoclyClient);
  print(
    ["one call", "time", "ratio"],
    speeds.map(({ name, microseconds, ratio }) => [name, `${microseconds.toFixed(0)} µs`, ratio.toFixed(2)]),
  );
  print(
    ["bundle of one client", "minified", "gzip"],
    sizes.map(({ name, minified, gzip }) => [name, `${(minified / 1_000).toFixed(1)} kB`, `${(gzip / 1_000).toFixed(1)} kB`]),
  );
} finally {
  server.disconnect();
}

function print(head: string[], rows: string[][]): void {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  console.log([line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line), ""].join("\n"));
}
