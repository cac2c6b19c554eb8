import { describe, expect, it } from "vitest";
import { createSimulator, createVirtualClock, SimulatorError } from "../src/index.js";

/** A value that untyped JavaScript code can pass. */
const untyped = (value: unknown) => value as never;

describe("a wrong option is an error that names it and its allowed values", () => {
  const simulator = createSimulator({ vendors: ["fal", "runcrate", "thunder-compute"] });
  const fault = (given: object) => () => simulator.fault(untyped(given));
  const all = Object.keys(createSimulator().keys).join(", ");

  it.each<[what: string, call: () => unknown, message: string]>([
    ["an option of the simulator", () => createSimulator(untyped({ vendor: "fal" })), "vendors, seed, clock"],
    ["options that are not an object", () => createSimulator(untyped("fal")), 'createSimulator takes an object, not "fal"'],
    ["a vendor in a list", () => createSimulator({ vendors: untyped(["fall"]) }), `must be one of ${all}, not "fall"`],
    ["no vendor at all", () => createSimulator({ vendors: [] }), `vendors is empty; there are ${all}`],
    ["a vendor with settings", () => createSimulator({ vendors: untyped({ falAi: {} }) }), "does not know the option falAi"],
    [
      "a vendor that is true",
      () => createSimulator({ vendors: untyped({ fal: true }) }),
      "vendors.fal takes an object, not true",
    ],
    [
      "a setting",
      () => createSimulator({ vendors: { fal: untyped({ bootSeconds: 3 }) } }),
      "vendors.fal does not know the option bootSeconds; it takes bootMs, addressMs, settleMs, pageSize",
    ],
    [
      "a setting's value",
      () => createSimulator({ vendors: { fal: { bootMs: Number.NaN } } }),
      "bootMs must be a number of milliseconds",
    ],
    ["a page size", () => createSimulator({ vendors: { fal: { pageSize: 1.5 } } }), "pageSize must be an integer, not 1.5"],
    ["the first page", () => createSimulator({ vendors: { novita: { firstPage: 2 } } }), "firstPage must be from 0 to 1"],
    ["a balance", () => createSimulator({ vendors: { fal: { balanceUsd: -1 } } }), "balanceUsd must be a number from 0 on"],
    ["a seed", () => createSimulator({ seed: untyped({}) }), "seed must be a string or a number"],
    ["a clock", () => createSimulator({ clock: untyped({ now: () => 0 }) }), "clock must be a clock of createVirtualClock"],
    ["an option of a clock", () => createVirtualClock(untyped({ mode: "manual" })), "startAt, pace, quietMs, speed"],
    ["a pace", () => createVirtualClock({ pace: untyped("fast") }), "pace must be one of automatic, manual, real"],
    ["a start", () => createVirtualClock({ startAt: new Date("tomorrow") }), "startAt must be a Date or a number"],
    ["a speed", () => createVirtualClock({ speed: 0 }), "speed must be a number above 0"],
    ["a fault that is not an object", () => simulator.fault(untyped("slow")), "fault takes an object"],
    ["a fault's vendor", fault({ vendor: "falAi", kind: "slow" }), `vendor must be one of ${all}, not "falAi"`],
    ["a fault without vendor", fault({ kind: "slow" }), "vendor must be one of"],
    ["a kind", fault({ vendor: "fal", kind: "slowly" }), "kind must be one of response_lost, error_after_commit"],
    [
      "an operation",
      fault({ vendor: "fal", operation: "create", kind: "slow" }),
      "fal has no operation create; it has createInstance",
    ],
    ["an operation of every object", fault({ vendor: "fal", operation: "toString", kind: "slow" }), "no operation toString"],
    [
      "an option of a fault",
      fault({ vendor: "fal", kind: "slow", seconds: 3 }),
      "fault slow does not know the option seconds; it takes",
    ],
    [
      "a duration",
      fault({ vendor: "fal", kind: "slow", ms: "3" }),
      'fault slow: ms must be a finite number of milliseconds from 0 on, not "3"',
    ],
    ["a cause", fault({ vendor: "fal", kind: "unreachable", error: "gone" }), "error must be one of no_route, all_addresses"],
    ["an effect", fault({ vendor: "fal", kind: "fetch_timeout", effect: "maybe" }), "effect must be one of done, none, late"],
    ["a status", fault({ vendor: "fal", kind: "no_capacity", status: 200 }), "status must be from 400 to 599"],
    ["no field", fault({ vendor: "fal", kind: "missing_field" }), "fault missing_field needs the option field"],
    [
      "a sign",
      fault({ vendor: "runcrate", kind: "cut_page", operation: "listInstances", sign: "more" }),
      "that can report more items by that sign: cursor, hasMore, total",
    ],
    ["times", fault({ vendor: "fal", kind: "slow", times: "2" }), "times must be above 0, not 2"],
    ["a catalogue", () => simulator.catalogue(untyped("falAi")), "falAi is not simulated"],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(SimulatorError);
    expect(call).toThrow(message);
  });

  it("treats undefined as not given", () => {
    createSimulator({ vendors: { fal: { bootMs: undefined } as never }, seed: undefined, clock: undefined });
    createVirtualClock({ startAt: undefined });
    simulator.fault({ vendor: "fal", kind: "slow", ms: undefined, times: undefined });
  });

  it.each<[fault: object, reason: string]>([
    [{ vendor: "fal", kind: "mark_hidden" }, "with instances that carry a mark"],
    [{ vendor: "fal", kind: "price_hidden" }, "with prices of instances"],
    [{ vendor: "fal", kind: "big_id" }, "that number machines"],
    [{ vendor: "fal", kind: "other_machine", what: "gpu" }, "whose machine has such an alternative"],
    [{ vendor: "runcrate", kind: "other_machine", what: "market" }, "whose machine has such an alternative"],
    [{ vendor: "runcrate", kind: "preempted" }, "that rent spot machines"],
    [{ vendor: "thunder-compute", kind: "endless_pages" }, "with pages"],
    [{ vendor: "thunder-compute", kind: "cut_page" }, "that can report more items"],
    [{ vendor: "thunder-compute", kind: "not_found_yet" }, "on one instance"],
    [{ vendor: "runcrate", operation: "listInstances", kind: "page_ignored" }, "with pages"],
  ])("and a fault that can never apply has the code does_not_apply: %o", (given, reason) => {
    let thrown: unknown;
    try {
      simulator.fault(untyped(given));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: "does_not_apply",
      message: expect.stringContaining(`it applies only to operations ${reason}`),
    });
  });
});
