import type { VendorName } from "./generated/vendor-names.js";
import type { definitions } from "./generated/vendors.js";

/** The names of a vendor's operations, as the typed clients have them. */
export type OperationName<Vendor extends VendorName = VendorName> = Vendor extends VendorName
  ? keyof (typeof definitions)[Vendor]["operations"]
  : never;
