import { rewriteRecord } from '../../domain/copy.ts'
import type { Rewrite } from '../../domain/ledger.ts'
import type { OutputRecord } from '../../domain/record.ts'
import { isDifferent } from './candidate.ts'
import type { ComparedContact } from './tally.ts'

/** Has the program write again what differs: it alone writes contacts, in its order and at its pace. */
export interface Repairs {
  /** Takes in a contact that was compared; one that does not differ is left alone. */
  add(contact: ComparedContact): void
  /** Resolves once all that was taken in is handed over, durably. */
  flush(): Promise<void>
  counts(): RepairCounts
}

/** Contacts that differ. */
export interface RepairCounts {
  /** They are handed to the program. */
  readonly asked: number
  /** They hold another e-mail address than their person's, which the program does not write over, and nothing else differs. */
  readonly addressAlone: number
}

/** Repairs by way of `topic`. */
export function createRepairs(
  topic: string,
  produce: (records: readonly OutputRecord[]) => Promise<unknown>,
): Repairs {
  const counts = { asked: 0, addressAlone: 0 }
  let waiting: OutputRecord[] = []
  return {
    add(contact) {
      if (!isDifferent(contact)) return
      const rewrite = rewriteFor(contact)
      if (rewrite === null) counts.addressAlone += 1
      else waiting.push(rewriteRecord(topic, contact.email, rewrite))
    },
    async flush() {
      const records = waiting
      waiting = []
      if (records.length > 0) await produce(records)
      counts.asked += records.length
    },
    counts: () => ({ ...counts }),
  }
}

/** A contact that is gone is found to be so by the next write to its id, and made anew then. */
function rewriteFor({ verdict: { state, drifted } }: ComparedContact): Rewrite | null {
  if (state === 'missing') return 'all'
  const names = drifted.filter((name) => name !== 'email')
  return names.length === 0 ? null : names
}
