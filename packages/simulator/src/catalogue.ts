/** Something to rent. */
export interface Product {
  readonly id: string;
  /** US dollars per hour for one unit: a GPU on Novita, a whole machine elsewhere. */
  usdPerHour: number;
  /** How many units are free. Infinity: no limit. */
  free: number;
}

/** A vendor's products. Tests may change prices and stock. */
export interface Catalogue<P extends Product = Product> {
  products(): readonly Readonly<P>[];
  /** Throws an Error for an unknown product, and a RangeError when the vendor's currency unit cannot express the price. */
  setPrice(id: string, usdPerHour: number): void;
  /** Sets how many units are free. Throws an Error for an unknown product. */
  setFree(id: string, free: number): void;
}

/** The vendor's own view of its catalogue. */
export interface Stock<P extends Product> extends Catalogue<P> {
  find(id: string): Readonly<P> | undefined;
  /** Takes units out of stock. Returns false, and takes nothing, when there are too few. */
  take(id: string, units: number): boolean;
  giveBack(id: string, units: number): void;
}

/**
 * Creates a catalogue. `unitsPerUsd`: how many of the vendor's smallest currency units make a dollar. `hasSamePrice`: whether two
 * products always cost the same.
 */
export function createStock<P extends Product>(
  products: readonly P[],
  unitsPerUsd: number,
  hasSamePrice: (one: P, other: P) => boolean = (one, other) => one === other,
): Stock<P> {
  const byId = new Map(products.map((product) => [product.id, { ...product }]));
  function known(id: string): P {
    const product = byId.get(id);
    if (!product) throw new Error(`no product ${id}; there are ${[...byId.keys()].join(", ")}`);
    return product;
  }
  return {
    products: () => [...byId.values()],
    find: (id) => byId.get(id),
    setPrice(id, usdPerHour) {
      const units = usdPerHour * unitsPerUsd;
      if (!(usdPerHour > 0) || Math.abs(units - Math.round(units)) > 1e-6) {
        throw new RangeError(`${id}: a price must be a multiple of 1/${unitsPerUsd} USD above 0, not ${usdPerHour}`);
      }
      const changed = known(id);
      for (const product of byId.values()) if (hasSamePrice(product, changed)) product.usdPerHour = usdPerHour;
    },
    setFree(id, free) {
      if (!(free >= 0)) throw new RangeError(`${id}: stock must be 0 or more, not ${free}`);
      known(id).free = free;
    },
    take(id, units) {
      const product = known(id);
      if (product.free < units) return false;
      product.free -= units;
      return true;
    },
    giveBack(id, units) {
      known(id).free += units;
    },
  };
}
