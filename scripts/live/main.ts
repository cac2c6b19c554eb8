// `pnpm live [vendor…] [--public] [--record] [--values] [--base-url URL] [--report FILE]`: reads from the live APIs and reports
// how they differ from the documents. docs/live.md explains it.
import { main } from "./command.ts";

await main();
