import { cases, type MakeProvider } from "@gpu/simulator/conformance";
import { describe, expect, it } from "vitest";
import { fal, novita, type Provider, runcrate, shadeform, thunderCompute } from "../src/index.js";

const providers = {
  "thunder-compute": thunderCompute,
  shadeform,
  fal,
  novita,
  runcrate,
} satisfies Record<string, MakeProvider>;

describe.each(Object.entries<MakeProvider>(providers))("%s conforms", (_, makeProvider) => {
  it.concurrent.each(cases(makeProvider))("$name", ({ run }) => run());
});

describe("a provider that does not conform is found out", () => {
  /** fal, with one thing wrong. */
  const broken =
    (change: (connected: ReturnType<Provider["connect"]>) => Partial<ReturnType<Provider["connect"]>>): MakeProvider =>
    (options) => {
      const provider: Provider = fal(options);
      return {
        id: "fal",
        connect: (defaults) => {
          const connected = provider.connect(defaults);
          return { ...connected, ...change(connected) };
        },
      };
    };

  it.each<[what: string, name: string, makeProvider: MakeProvider]>([
    [
      "takes a failed list for an empty one",
      "list: error_before_commit at any request",
      broken((connected) => ({ list: (context) => connected.list(context).catch(() => []) })),
    ],
    [
      "takes any failure for not found",
      "get: reset_before at any request",
      broken((connected) => ({ get: (id, context) => connected.get(id, context).catch(() => undefined) })),
    ],
    [
      "deletes in secret",
      "an instance: is created once, boots, can be reached, and is gone after its deletion",
      broken(() => ({ delete: async () => {} })),
    ],
    [
      "sends the paid call again",
      "create: answer_lost at any request",
      broken((connected) => ({
        prepareCreate: async (request, context) => {
          const again = { ...request, idempotencyKey: `${request.idempotencyKey}-again` };
          const [first, second] = [
            await connected.prepareCreate(request, context),
            await connected.prepareCreate(again, context),
          ];
          return { send: (sendContext) => first.send(sendContext).catch(() => second.send(sendContext)) };
        },
      })),
    ],
    [
      "throws what is no GpuError",
      "list: unauthorized at any request",
      broken((connected) => ({
        list: (context) =>
          connected.list(context).catch(() => {
            throw new Error("something went wrong");
          }),
      })),
    ],
    [
      "reads one page",
      "list: reads to the last page, and fails when one fails",
      broken((connected) => ({ list: async (context) => (await connected.list(context)).slice(0, 2) })),
    ],
  ])("when it %s", async (_, name, makeProvider) => {
    const found = cases(makeProvider).find((one) => one.name === name);
    if (!found) throw new Error(`there is no case "${name}"`);
    await expect(found.run()).rejects.toThrow(/\w/);
    const sound = cases((options) => fal(options)).find((one) => one.name === name);
    await expect(sound?.run()).resolves.toBeUndefined();
  });
});

it("a provider of a vendor that is not simulated is refused", () => {
  expect(() => cases((options) => ({ ...fal(options), id: "lambda" }))).toThrow('no vendor "lambda"');
});
