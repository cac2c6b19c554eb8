/** Work that a vendor does after the caller gave up. The next request or ledger read applies it, with its own time. */
export interface LateWork {
  add(at: number, work: () => void): void;
  /** Runs work that is due, in order. */
  settle(now: number): void;
}

export function createLateWork(): LateWork {
  let pending: { at: number; work: () => void }[] = [];
  return {
    add(at, work) {
      pending.push({ at, work });
    },
    settle(now) {
      const due = pending.filter(({ at }) => at <= now).sort((one, other) => one.at - other.at);
      if (due.length === 0) return;
      pending = pending.filter(({ at }) => at > now);
      for (const { work } of due) work();
    },
  };
}
