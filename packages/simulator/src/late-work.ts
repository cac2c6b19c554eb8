/** Work that a vendor does after its caller gave up. Nothing runs by itself: it is done when somebody looks, as of its own moment. */
export interface LateWork {
  add(at: number, work: () => void): void;
  /** Does what was due until now, in order. */
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
