import type { VendorName } from "./vendor.js";

/** The request that did something. */
export interface RequestReference {
  /** Counted from 1 over all vendors; finds the request in `requests()`. */
  number: number;
  operation: string;
}

/** What was rented, when, by which request, and what it cost until now. */
export interface LedgerEntry {
  vendor: VendorName;
  kind: "instance" | "cluster" | "volume" | "snapshot";
  /** The vendor's id; the uuid on Thunder Compute. */
  id: string;
  /** Null where the vendor has no names. */
  name: string | null;
  /** Id of the product in the catalogue; what was stored for volumes and snapshots. */
  product: string;
  /** ISO 8601. */
  createdAt: string;
  createdBy: RequestReference;
  /** When deletion was asked for; null while it is not. */
  endedAt: string | null;
  /** Null while it runs, and when the vendor ended it by itself. */
  endedBy: RequestReference | null;
  /** What it costs at the moment, in US dollars per hour; 0 while nothing is charged. */
  usdPerHour: number;
  /** Time that has been charged, in milliseconds, rounded up as the vendor does. Charges at the same time count once. */
  billedMs: number;
  /** What it cost until now, in US dollars, rounded to millionths. */
  usd: number;
}

/** Something that is rented, as a vendor keeps its accounts. */
export interface Rental {
  /** From `at` on, `line` costs this much; ends what the line cost before. `at` may be in the future. */
  charge(line: ChargeLine, usdPerHour: number, at: number): void;
  /** The line costs nothing from `at` on. */
  stop(line: ChargeLine, at: number): void;
  /** The end of all charges. `by` is undefined when the vendor ended it by itself. */
  end(at: number, by: RequestReference | undefined): void;
  rename(name: string): void;
  /** In US dollars until `at`, not rounded. */
  cost(at: number): number;
}

/** What is paid for: several of them may run at once. */
export type ChargeLine = "compute" | "storage";

interface Charge {
  line: ChargeLine;
  microsPerHour: number;
  from: number;
  /** Infinity while it runs. */
  until: number;
}

/** What a rental begins with. */
export interface RentalStart {
  vendor: VendorName;
  kind: LedgerEntry["kind"];
  id: string;
  name: string | null;
  product: string;
  at: number;
  by: RequestReference;
  /** Each uninterrupted charge is rounded up to this, in milliseconds. */
  roundUpToMs: number;
}

/** The accounts of all vendors. */
export interface Ledger {
  open(start: RentalStart): Rental;
  /** As it stands at `at`, oldest first. */
  entries(at: number): LedgerEntry[];
}

const hourMs = 3_600_000;

/** Makes an empty ledger. */
export function createLedger(): Ledger {
  const views: ((at: number) => LedgerEntry)[] = [];
  return {
    open(start) {
      const charges: Charge[] = [];
      let { name } = start;
      let end: { at: number; by: RequestReference | undefined } | undefined;
      const billedMs = (charge: Charge, at: number) => {
        const ms = Math.max(0, Math.min(at, charge.until) - charge.from);
        return Math.ceil(ms / start.roundUpToMs) * start.roundUpToMs;
      };
      const micros = (at: number) =>
        charges.reduce((sum, charge) => sum + (charge.microsPerHour * billedMs(charge, at)) / hourMs, 0);
      const stop = (line: ChargeLine, at: number) => {
        for (const charge of charges) if (charge.line === line) charge.until = Math.max(charge.from, Math.min(charge.until, at));
      };
      views.push((at) => {
        const running = charges.filter((charge) => charge.from <= at && at < charge.until);
        const perLine = (["compute", "storage"] as const).map((line) =>
          charges.filter((charge) => charge.line === line).reduce((sum, charge) => sum + billedMs(charge, at), 0),
        );
        return {
          vendor: start.vendor,
          kind: start.kind,
          id: start.id,
          name,
          product: start.product,
          createdAt: new Date(start.at).toISOString(),
          createdBy: start.by,
          endedAt: end ? new Date(end.at).toISOString() : null,
          endedBy: end?.by ?? null,
          usdPerHour: running.reduce((sum, charge) => sum + charge.microsPerHour, 0) / 1e6,
          billedMs: Math.max(...perLine),
          usd: Math.round(micros(at)) / 1e6,
        };
      });
      return {
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
    },
    entries: (at) => views.map((view) => view(at)),
  };
}

/** The ledger for a vendor whose clock is `aheadMs` ahead: converts its times to the right clock. */
export function ledgerOfOtherClock(ledger: Ledger, aheadMs: number): Ledger {
  if (aheadMs === 0) return ledger;
  return {
    open(start) {
      const rental = ledger.open({ ...start, at: start.at - aheadMs });
      return {
        charge: (line, usdPerHour, at) => rental.charge(line, usdPerHour, at - aheadMs),
        stop: (line, at) => rental.stop(line, at - aheadMs),
        end: (at, by) => rental.end(at - aheadMs, by),
        rename: (name) => rental.rename(name),
        cost: (at) => rental.cost(at - aheadMs),
      };
    },
    entries: (at) => ledger.entries(at - aheadMs),
  };
}
