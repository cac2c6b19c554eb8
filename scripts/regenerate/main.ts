// `pnpm regenerate [vendor…] [--from FILE|URL] [--dry-run] [--report FILE] [--prune]`: from a vendor's changed document to a
// reviewed release. command.ts implements it.
import { enableCompileCache } from "node:module";

// TypeScript's compiler is large: from the second run on it need not be compiled again. So nothing is imported before this.
enableCompileCache();
const { main } = await import("./command.ts");
await main();
