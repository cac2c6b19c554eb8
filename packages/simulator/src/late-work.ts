/** Work that a vendor does after the caller gave up. It is applied at the next request or read of the ledger, with its own time. */
export interface LateWork {
  add(at: number, work: () => void): void;
  /** Applies what is due, in order. */
  settle(now: number): void;
}

export function createLateWork(): LateWork {
  let waiting: { at: number; work: () => void }[] = [];
  return {
    add(at, work) {
      waiting.push({ at, work });
    },
    settle(now) {
      const due = waiting.filter(({ at }) => at <= now).sort((one, other) => one.at - other.at);
      if (due.length === 0) return;
      waiting = waiting.filter(({ at }) => at > now);
      for (const { work } of due) work();
    },
  };
}
