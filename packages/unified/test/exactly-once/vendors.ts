import { fal, lambda, novita, runcrate, runpod, shadeform, thunderCompute, vast } from "../../src/index.js";
import { sshPublicKey } from "../fake-provider.js";
import type { Vendor } from "./job.js";

const keys = ["listSshKeys", "createSshKey"];

export const vendors: readonly Vendor[] = [
  {
    id: "thunder-compute",
    provider: () => thunderCompute(),
    offer: "thunder-compute:h100_x1",
    fields: { sshPublicKey },
    guarantee: "best-effort",
    settleMs: 30_000,
    otherOperations: ["listInstanceTypes"],
  },
  {
    id: "shadeform",
    provider: () => shadeform(),
    offer: "shadeform:hyperstack/H100/montreal-canada-2/on_demand",
    fields: { sshPublicKey },
    guarantee: "name",
    settleMs: 30_000,
    otherOperations: keys,
  },
  {
    id: "fal",
    provider: () => fal(),
    offer: "fal:gpu_1x_h100_sxm5",
    fields: { sshPublicKey },
    guarantee: "key",
    settleMs: 15_000,
    otherOperations: [],
  },
  {
    id: "novita",
    provider: () => novita(),
    offer: "novita:4090.16c62g/us-ca-6/1",
    fields: { image: "ubuntu:22.04" },
    guarantee: "name",
    settleMs: 30_000,
    otherOperations: [],
  },
  {
    id: "runcrate",
    provider: () => runcrate(),
    offer: "runcrate:calm-curie-l4-77e0",
    fields: { sshPublicKey },
    guarantee: "name",
    settleMs: 30_000,
    otherOperations: keys,
  },
  {
    id: "lambda",
    provider: () => lambda(),
    offer: "lambda:gpu_1x_a10/us-east-1",
    fields: { sshPublicKey },
    guarantee: "name",
    settleMs: 30_000,
    otherOperations: keys,
  },
  {
    id: "runpod",
    provider: () => runpod(),
    offer: "runpod:COMMUNITY/any/NVIDIA%20GeForce%20RTX%204090/1",
    fields: { sshPublicKey },
    guarantee: "name",
    settleMs: 60_000,
    otherOperations: [],
  },
  {
    id: "vast",
    provider: () => vast(),
    offer: "vast:28461002",
    fields: { sshPublicKey },
    guarantee: "name",
    settleMs: 60_000,
    otherOperations: ["searchOffers"],
  },
];
