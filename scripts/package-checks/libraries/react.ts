// A user's React program with openapi-react-query and swr-openapi over a vendor's client. It prints what its component rendered.
import { createShadeformClient, GpuError } from "@gpu/shadeform";
import { createOpenapiFetch, type paths } from "@gpu/shadeform/openapi-fetch";
import { createSimulator } from "@gpu/simulator";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Window } from "happy-dom";
import type { Client } from "openapi-fetch";
import createQueryClient from "openapi-react-query";
import { createElement } from "react";
import { createInfiniteHook, createMutateHook, createQueryHook } from "swr-openapi";

const simulator = createSimulator({ vendors: ["shadeform"] });
simulator.fault({ vendor: "shadeform", operation: "listInstanceTypes", kind: "reset_before" });
const shadeform = createShadeformClient({ apiKey: simulator.keys.shadeform, fetch: simulator.fetch, clock: simulator.clock });
const api = createOpenapiFetch(shadeform);
api satisfies Client<paths>;

const query = createQueryClient(api);
const useSwr = createQueryHook(api, "shadeform");
export const [useSwrPages, useSwrMutate] = [createInfiniteHook(api, "shadeform"), createMutateHook(api, "shadeform", Object.is)];

function Clouds() {
  const types = query.useQuery("get", "/instances/types", { params: { query: { gpu_type: "H100" } } });
  const instances = useSwr("/instances");
  const missing = useSwr("/instances/{id}/info", { params: { path: { id: "none" } } }, { shouldRetryOnError: false });
  const create = query.useMutation("post", "/instances/create");
  create satisfies { mutate(init: { body: { name: string; region: string } }): void };
  // @ts-expect-error: no such path
  useSwr satisfies (path: "/nothing") => unknown;
  if (!types.data || !instances.data || !missing.error) return "loading";
  const [first] = types.data.instance_types;
  const status: string | undefined = instances.data.instances[0]?.status;
  const { error } = missing;
  return [first?.configuration.gpu_type, status ?? "no instance", typeof error === "string" ? error : error.error].join(", ");
}

const window = new Window();
Object.assign(globalThis, { window, document: window.document });
// @ts-expect-error: its types are in another package
const { createRoot } = await import("react-dom/client");
const element = window.document.createElement("main");
const root = createRoot(element);
root.render(createElement(QueryClientProvider, { client: new QueryClient() }, createElement(Clouds)));
while (element.textContent === "" || element.textContent === "loading") await new Promise((resolve) => setTimeout(resolve, 5));

const aborted = await api.GET("/instances", { signal: AbortSignal.abort() }).catch((error: unknown) => error);
console.log(
  JSON.stringify({
    rendered: element.textContent,
    aborted: GpuError.isInstance(aborted) && aborted.code,
    requests: simulator.requests().map(({ operation }) => operation),
  }),
);
root.unmount();
await window.happyDOM.close();
process.exit();
