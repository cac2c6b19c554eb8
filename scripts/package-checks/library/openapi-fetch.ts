// A user's library that depends only on one vendor's package, and exports openapi-fetch's client without naming its type.
import { createShadeformClient } from "@gpu/shadeform";
import { createOpenapiFetch } from "@gpu/shadeform/openapi-fetch";

export const api = createOpenapiFetch(createShadeformClient());
export const { GET, use } = api;
export const list = () => api.GET("/instances");
export const readInstance = (id: string) => api.GET("/instances/{id}/info", { params: { path: { id } } });
export const status = async (id: string): Promise<string | undefined> => (await readInstance(id)).data?.status;
export const middleware = { onRequest: () => undefined } satisfies Parameters<typeof api.use>[0];
