// `pnpm tarballs`: packs every package into tarballs/, to be installed from there.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import { packInto } from "./packed.ts";

const folder = join(root, "tarballs");
await rm(folder, { recursive: true, force: true });
await mkdir(folder);
await packInto(folder);
process.stdout.write(`${(await readdir(folder)).map((name) => `tarballs/${name}`).join("\n")}\n`);
