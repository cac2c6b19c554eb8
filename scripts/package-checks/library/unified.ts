// A user's library that depends only on `@gpu/unified`, and exports values without naming their types.
import { createGpu, fal, novita, runcrate, shadeform, thunderCompute } from "@gpu/unified";

export const gpu = createGpu({ providers: [shadeform(), fal(), novita(), runcrate(), thunderCompute()], owner: "ci" });
export const { providers } = gpu;
export const shadeformClient = gpu.providers.shadeform.client;
export const novitaHttp = gpu.providers.novita.client.http;
export const readInstance = (id: string) => shadeformClient.http.GET("/instances/{id}/info", { params: { path: { id } } });
export const listInstances = () => gpu.providers["thunder-compute"].client.listInstances();
export const offers = () => gpu.offers({ gpu: "H100" });
export const create = () => gpu.create({ offer: "fal:gpu_1x_h100_sxm5", sshPublicKey: "ssh-ed25519 A" });
export const launch = () => gpu.launch({ gpu: "H100", maxUsdPerHour: 4 });
export const image = async () => (await gpu.providers.novita.client.listInstances()).instances[0];
