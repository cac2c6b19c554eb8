import { isoOf, type Timekeeper } from "./time.js";

/** What a `Gpu` knows of an instance. */
interface Known {
  /** When it created the instance or first read it, on the scale of `Timekeeper.now`. */
  readonly seenAt: number;
  /** When it created the instance, ISO 8601. */
  readonly createdAt?: string;
  /** The mark with which it created the instance. */
  readonly mark?: string;
  /** A delete request of this `Gpu`: accepted by the vendor, or with an unknown outcome. */
  readonly deletion?: "accepted" | "unknown";
}

/** Limits memory in a long-lived process. Deletions of forgotten instances are verified later, never wrongly. */
const mostKnown = 10_000;

/** The instances that one `Gpu` has created or read, by `ref`. */
export class Memory {
  readonly #known = new Map<string, Known>();
  readonly #time: Timekeeper;

  constructor(time: Timekeeper) {
    this.#time = time;
  }

  /** Records that the vendor has the instance. The first time counts. */
  see(ref: string): Known {
    return this.#known.get(ref) ?? this.#note(ref, { seenAt: this.#time.now() });
  }

  /** Records that this `Gpu` created the instance. */
  create(ref: string, mark: string): void {
    const known = this.#known.get(ref);
    const { seenAt = this.#time.now(), createdAt = isoOf(this.#time.instant()) } = known ?? {};
    this.#note(ref, { ...known, seenAt, createdAt, mark });
  }

  /** Records the new mark of an instance. Only needed for instances that this `Gpu` created. */
  remark(ref: string, mark: string): void {
    const known = this.#known.get(ref);
    if (known?.mark !== undefined) this.#note(ref, { ...known, mark });
  }

  /** Records that the vendor accepted a delete request, and therefore has the instance. */
  acceptDeletion(ref: string): void {
    this.#note(ref, { ...this.see(ref), deletion: "accepted" });
  }

  /** Records a delete request that may have taken effect. It proves nothing about an instance that was never seen. */
  doubtDeletion(ref: string): void {
    const known = this.#known.get(ref);
    if (known) this.#note(ref, { deletion: "unknown", ...known });
  }

  /** Records a verified deletion: from now on, the instance's absence from a list needs no minimum age. */
  end(ref: string): void {
    this.#note(ref, { ...this.#known.get(ref), seenAt: Number.NEGATIVE_INFINITY, deletion: "accepted" });
  }

  /** Milliseconds since the instance was first known; undefined when it never was. */
  ageOf(ref: string): number | undefined {
    const known = this.#known.get(ref);
    return known && Math.max(this.#time.now() - known.seenAt, 0);
  }

  get(ref: string): Known | undefined {
    return this.#known.get(ref);
  }

  #note(ref: string, known: Known): Known {
    this.#known.set(ref, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}
