import type { VendorName } from "../vendor.js";
import { fal } from "./fal.js";
import { novita } from "./novita.js";
import { runcrate } from "./runcrate.js";
import { shadeform } from "./shadeform.js";
import { thunderCompute } from "./thunder-compute.js";

/** Every vendor, by its name. */
export const definitions = { "thunder-compute": thunderCompute, shadeform, fal, novita, runcrate } as const;

/** The names of all vendors. */
export const vendorNames = ["thunder-compute", "shadeform", "fal", "novita", "runcrate"] as const satisfies readonly VendorName[];

/** The names of a vendor's operations, as the typed clients have them. */
export type OperationName<Vendor extends VendorName = VendorName> = Vendor extends VendorName
  ? keyof (typeof definitions)[Vendor]["operations"]
  : never;
