import type { VendorName } from "@gpu/simulator";
import { expect, it } from "vitest";
import { runJobs } from "./job.js";
import { vendors } from "./vendors.js";

/** Creates per vendor: 10,000 over all eight. */
const creates = 1_250;

/** Defines the test for a vendor. Each vendor has its own file, so that they run in parallel. */
export function exactlyOnce(id: VendorName): void {
  it(`${creates} creates at ${id} with faults and crashes: none is rented twice, none is unknown, none of another is deleted`, async () => {
    const vendor = vendors.find((one) => one.id === id);
    if (!vendor) throw new Error(`unknown vendor ${id}`);
    const tally = await runJobs(vendor, creates, 1);
    // Checks that the run exercised faults, crashes and every outcome.
    expect(tally.jobs).toBe(creates);
    expect(tally.faults).toBeGreaterThan(creates);
    expect(tally.crashes).toBeGreaterThan(creates / 4);
    expect(tally.created).toBeGreaterThan(creates / 2);
    expect(tally.adoptedByKey).toBeGreaterThan(creates / 20);
    expect(tally.notFound).toBeGreaterThan(0);
    expect(tally.absent).toBeGreaterThan(creates / 40);
    if (vendor.guarantee === "key") expect(tally.leftNamed).toBeGreaterThan(0);
    else expect(tally.adoptedByReconcile).toBeGreaterThan(creates / 40);
    if (vendor.guarantee === "name") expect(tally.leftNamed).toBe(0);
  }, 180_000);
}
