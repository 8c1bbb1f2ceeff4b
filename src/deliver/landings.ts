/** Who waits for sends to end, by contact. */
export interface Landings {
  /** Resolves with the next `land` of the contact, or with `abandon`. */
  next(email: string): Promise<void>
  /** The send of a contact ended, however it did. */
  land(email: string): void
  /** Nobody waits any more. */
  abandon(): void
}

/** Nobody waits yet. */
export function createLandings(): Landings {
  const waiting = new Map<string, (() => void)[]>()

  function land(email: string): void {
    for (const landed of waiting.get(email) ?? []) landed()
    waiting.delete(email)
  }

  return {
    next: async (email) =>
      new Promise((resolve) => waiting.set(email, [...(waiting.get(email) ?? []), resolve])),
    land,
    abandon() {
      for (const email of [...waiting.keys()]) land(email)
    },
  }
}
