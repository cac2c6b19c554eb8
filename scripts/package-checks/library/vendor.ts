// A user's library that depends only on one vendor's package, and exports values without naming their types.
import { type ClientOptions, createShadeformClient, loggingHooks } from "@gpu/shadeform";

export const shadeform = createShadeformClient({ apiKey: "key", hooks: loggingHooks(console) });
export const { http } = shadeform;
export const { listInstances, createInstance } = shadeform;
export const readInstance = (id: string) => http.GET("/instances/{id}/info", { params: { path: { id } } });
export const list = async () => (await shadeform.listInstances()).instances;
export const middleware = { onRequest: () => undefined } satisfies Parameters<typeof http.use>[0];
export const create = (options: ClientOptions = {}) => createShadeformClient(options);
export const { fetch } = {} as Required<ClientOptions>;
