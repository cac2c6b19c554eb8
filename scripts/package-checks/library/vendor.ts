// A library of a user that depends on one vendor's package alone, and exports what it made without naming the types.
import { createShadeformClient, loggingHooks } from "@gpu/shadeform";

export const shadeform = createShadeformClient({ apiKey: "key", hooks: loggingHooks(console) });
export const { http } = shadeform;
export const { listInstances, createInstance } = shadeform;
export const readInstance = (id: string) => http.GET("/instances/{id}/info", { params: { path: { id } } });
export const list = async () => (await shadeform.listInstances()).instances;
export const middleware = { onRequest: () => undefined } satisfies Parameters<typeof http.use>[0];
