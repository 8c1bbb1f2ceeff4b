/** A seed that is run every time, since it found something once or covers what few do. */
export interface CorpusSeed {
  readonly seed: number
  readonly why: string
}

/** Seeds of worth. They mean nothing once the making of plans changes: then those that `simulate` finds take their place. */
export const corpus: readonly CorpusSeed[] = [
  { seed: 1, why: 'one process, one partition, six faults' },
  { seed: 7, why: 'four processes that deal three partitions, no faults: every state is sent once' },
  {
    seed: 23,
    why: 'found that what the store has and the group has not was never committed (frozen in a batch)',
  },
  { seed: 80, why: 'found the same for deliver' },
  { seed: 204, why: 'found that a lease began late: frozen between the answer to sync and its handling' },
  { seed: 438, why: 'found the same for deliver' },
  {
    seed: 41,
    why: 'two processes, an e-mail that persons share, contacts removed by hand, and two long outages',
  },
  { seed: 14, why: 'three processes, many contacts at once, and a storm of 429s' },
  {
    seed: 70,
    why: 'found that a task sent what a record it had not read yet had replaced (frozen after a request)',
  },
  {
    seed: 1_066_419_522,
    why: 'found that what is read again, because store and changelog are gone, was never committed again',
  },
  { seed: 298, why: 'found that an erasure and a return to the same e-mail in one batch exit no audience' },
]
