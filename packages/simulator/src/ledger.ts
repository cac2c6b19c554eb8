import type { VendorName } from "./generated/vendor-names.js";

/** The request that had an effect. */
export interface RequestReference {
  /** Its `number` in `requests()`. */
  number: number;
  operation: string;
}

/** A rental: when it began, by which request, and its cost so far. */
export interface LedgerEntry {
  vendor: VendorName;
  kind: "instance" | "cluster" | "volume" | "snapshot";
  /** The vendor's id; the uuid on Thunder Compute. */
  id: string;
  /** Null where the vendor has no names. */
  name: string | null;
  /** Id of the product in the catalogue; the size for volumes and snapshots. */
  product: string;
  /** ISO 8601. */
  createdAt: string;
  createdBy: RequestReference;
  /** When deletion was requested; null before. ISO 8601. */
  endedAt: string | null;
  /** Null while it runs, and when the vendor ended it without a request. */
  endedBy: RequestReference | null;
  /** The current price in US dollars per hour; 0 while nothing is charged. */
  usdPerHour: number;
  /** Charged time in milliseconds, rounded up as the vendor does. Simultaneous charges count once. */
  billedMs: number;
  /** Cost so far in US dollars, rounded to millionths. */
  usd: number;
}

/** The charges of one rental. */
export interface Rental {
  /** Sets the price of `line` from `at` on. `at` may be in the future. */
  charge(line: ChargeLine, usdPerHour: number, at: number): void;
  /** Sets the price of `line` to 0 from `at` on. */
  stop(line: ChargeLine, at: number): void;
  /** Ends all charges. `by` is undefined when the vendor ended it without a request. */
  end(at: number, by: RequestReference | undefined): void;
  rename(name: string): void;
  /** Cost until `at` in US dollars, not rounded. */
  cost(at: number): number;
}

/** What is charged. Both may run at once. */
export type ChargeLine = "compute" | "storage";

interface Charge {
  line: ChargeLine;
  microsPerHour: number;
  from: number;
  /** Infinity while it runs. */
  until: number;
}

/** The rentals of one vendor, with the times of its clock. */
export interface VendorLedger {
  /** Opens the rental that a request began. `name` is null where the vendor has no names. */
  open(
    kind: LedgerEntry["kind"],
    rented: { readonly id: string | number; readonly name: string | null; readonly product: string },
    request: { readonly at: number; readonly reference: RequestReference },
  ): Rental;
  /** The vendor's entries at a moment, oldest first. */
  entries(at: number): LedgerEntry[];
  /** Cost of all rentals until `at` in US dollars. */
  spent(at: number): number;
}

/** The rentals of all vendors. */
export interface Ledger {
  /**
   * The part of a vendor whose clock is `aheadMs` ahead. Each uninterrupted charge is rounded up to a multiple of `roundUpToMs`, in
   * milliseconds.
   */
  of(vendor: VendorName, aheadMs: number, roundUpToMs: number): VendorLedger;
  /** All entries at a moment, oldest first. */
  entries(at: number): LedgerEntry[];
}

const hourMs = 3_600_000;

export function createLedger(): Ledger {
  const views: ((at: number) => LedgerEntry)[] = [];
  const entries = (at: number) => views.map((view) => view(at));
  return {
    entries,
    of(vendor, aheadMs, roundUpToMs) {
      const own = (at: number) => entries(at - aheadMs).filter((entry) => entry.vendor === vendor);
      const iso = (at: number) => new Date(at - aheadMs).toISOString();
      return {
        open(kind, { id, name, product }, { at: createdAt, reference: createdBy }) {
          const start = { vendor, kind, id: String(id), name, product, createdAt: iso(createdAt), createdBy };
          const { rental, view } = createRental(start, iso, roundUpToMs);
          views.push((at) => view(at + aheadMs));
          return rental;
        },
        entries: own,
        spent: (at) => own(at).reduce((sum, { usd }) => sum + usd, 0),
      };
    },
  };
}

type RentalStart = Pick<LedgerEntry, "vendor" | "kind" | "id" | "name" | "product" | "createdAt" | "createdBy">;

/** A rental and its entry at a moment, with the times of the vendor's clock. `iso` writes such a time by the correct clock. */
function createRental(start: RentalStart, iso: (at: number) => string, roundUpToMs: number) {
  const charges: Charge[] = [];
  let { name } = start;
  let end: { at: number; by: RequestReference | undefined } | undefined;
  const billedMs = (charge: Charge, at: number) => {
    const ms = Math.max(0, Math.min(at, charge.until) - charge.from);
    return Math.ceil(ms / roundUpToMs) * roundUpToMs;
  };
  const micros = (at: number) => charges.reduce((sum, charge) => sum + (charge.microsPerHour * billedMs(charge, at)) / hourMs, 0);
  const stop = (line: ChargeLine, at: number) => {
    for (const charge of charges) if (charge.line === line) charge.until = Math.max(charge.from, Math.min(charge.until, at));
  };
  const view = (at: number): LedgerEntry => {
    const running = charges.filter((charge) => charge.from <= at && at < charge.until);
    const perLine = (["compute", "storage"] as const).map((line) =>
      charges.filter((charge) => charge.line === line).reduce((sum, charge) => sum + billedMs(charge, at), 0),
    );
    return {
      ...start,
      name,
      endedAt: end ? iso(end.at) : null,
      endedBy: end?.by ?? null,
      usdPerHour: running.reduce((sum, charge) => sum + charge.microsPerHour, 0) / 1e6,
      billedMs: Math.max(...perLine),
      usd: Math.round(micros(at)) / 1e6,
    };
  };
  const rental: Rental = {
    charge(line, usdPerHour, at) {
      stop(line, at);
      charges.push({ line, microsPerHour: usdPerHour * 1e6, from: at, until: Number.POSITIVE_INFINITY });
    },
    stop,
    end(at, by) {
      stop("compute", at);
      stop("storage", at);
      end = { at, by };
    },
    rename(next) {
      name = next;
    },
    cost: (at) => micros(at) / 1e6,
  };
  return { rental, view };
}
