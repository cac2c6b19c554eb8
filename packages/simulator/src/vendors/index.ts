import type { VendorName } from "../vendor.js";
import { fal } from "./fal.js";
import { novita } from "./novita.js";
import { runcrate } from "./runcrate.js";
import { shadeform } from "./shadeform.js";
import { thunderCompute } from "./thunder-compute.js";

export const definitions = { "thunder-compute": thunderCompute, shadeform, fal, novita, runcrate } as const;

export const vendorNames = ["thunder-compute", "shadeform", "fal", "novita", "runcrate"] as const satisfies readonly VendorName[];

/** The names of a vendor's operations, the same as in the typed clients. */
export type OperationName<Vendor extends VendorName = VendorName> = Vendor extends VendorName
  ? keyof (typeof definitions)[Vendor]["operations"]
  : never;
