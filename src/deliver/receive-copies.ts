import type { DesiredContact } from '../domain/contact.ts'
import { rewriteOf } from '../domain/copy.ts'
import { forget, type LedgerEntry, planWrite, type Rewrite } from '../domain/plan.ts'
import type { OutputRecord, SourceRecord } from '../domain/record.ts'
import type { DeliverContext } from './context.ts'
import { markDirty } from './mark-dirty.ts'
import { mergeBatch, type UsableContact } from './merge-batch.ts'
import type { Logged, StoreWrite } from './ports.ts'
import { isUsable, readContact } from './read-contact.ts'

/** A copied contact, and what of it is to be written again. */
interface Copy {
  readonly read: UsableContact
  readonly rewrite: Rewrite | null
}

/**
 * Takes in copies of contacts: merged like any contact, of which those that are known already change nothing, and compared
 * with what was last written, of which a copy can have parts forgotten. What is to be sent then waits with the backfill.
 */
export function createReceiveCopies(
  context: DeliverContext,
): (records: readonly SourceRecord[], position: readonly StoreWrite[]) => Promise<void> {
  const { ports, states, dirty } = context

  return async function receiveCopies(records, position) {
    const copies: Copy[] = []
    const deadLetters: OutputRecord[] = []
    for (const record of records) {
      const read = await readContact(record, ports.contactCodec)
      if (!isUsable(read)) deadLetters.push(ports.deadLetter(record, read.reason))
      // An old deletion, read once more, would delete what came after it.
      else if (read.type === 'contact') copies.push({ read, rewrite: rewriteOf(record) })
    }
    if (deadLetters.length > 0) await ports.produce(deadLetters)
    deadLetters.forEach(() => ports.metrics.contactReceived('dead_letter'))
    while (!(await storeUnlessInFlight(copies, position)))
      await Promise.all(copies.map(async ({ read }) => dirty.landed(emailOf(read))))
  }

  /**
   * False where the end of a send is yet to be recorded for one of these contacts: it would write over what is forgotten here.
   * A send that begins meanwhile waits for this to end before it reads the contact.
   */
  async function storeUnlessInFlight(
    copies: readonly Copy[],
    position: readonly StoreWrite[],
  ): Promise<boolean> {
    return context.serial(async () => {
      if (!context.isClosed() && copies.some(({ read }) => dirty.isInFlight(emailOf(read)))) return false
      await store(await merge(copies), position)
      return true
    })
  }

  async function merge(copies: readonly Copy[]): Promise<readonly MergedCopy[]> {
    const rewrites = new Map<string, Rewrite[]>()
    for (const { read, rewrite } of copies) {
      const email = emailOf(read)
      rewrites.set(email, [...(rewrites.get(email) ?? []), ...(rewrite === null ? [] : [rewrite])])
    }
    const merged = await mergeBatch(
      states,
      copies.map(({ read }) => read),
    )
    const last = new Map(merged.map((contact) => [contact.email, contact]))
    return [...last.values()].flatMap(({ email, desired, ledger: known }) => {
      if (desired === null) return []
      const wanted = rewrites.get(email) ?? []
      const ledger = known === null ? null : wanted.reduce(forget, known)
      return [{ email, desired: asBackfill(desired, known), ledger, isForgotten: wanted.length > 0 }]
    })
  }

  /** What waited already, for something newer, keeps its urgency. */
  function asBackfill(desired: DesiredContact, ledger: LedgerEntry | null): DesiredContact {
    const { type } = planWrite(desired, ledger, ports.digest)
    return type === 'none' || type === 'look' ? { ...desired, cause: 'backfill' } : desired
  }

  async function store(merged: readonly MergedCopy[], position: readonly StoreWrite[]): Promise<void> {
    const planned = merged.map((contact) => {
      return { ...contact, plan: planWrite(contact.desired, contact.ledger, ports.digest) }
    })
    const { writes, logged } = await forgetWritten(merged)
    const differing = planned.filter(({ plan }) => plan.type !== 'none')
    await ports.store.batch(
      [
        ...merged.map(({ email, desired }) => states.desiredWrite(email, desired)),
        ...writes,
        ...differing.map(({ email }) => states.dirtyWrite(email, true)),
        ...position,
      ],
      logged,
    )
    for (const contact of planned) {
      const differs = contact.plan.type !== 'none'
      ports.metrics.contactReceived(differs ? 'dirty' : 'unchanged')
      if (differs) markDirty(context, contact)
      else ports.metrics.requestAvoided('noop')
    }
  }

  /** Changelog first: a store that is lost after this comes back with what is forgotten. */
  async function forgetWritten(
    merged: readonly MergedCopy[],
  ): Promise<{ readonly writes: readonly StoreWrite[]; readonly logged?: Logged }> {
    const entries = merged.flatMap(({ email, ledger, isForgotten }) =>
      ledger === null || !isForgotten ? [] : [{ email, value: ports.ledgerCodec.encode(ledger) }],
    )
    if (entries.length === 0) return { writes: [] }
    const logged = await ports.store.log(entries.map(({ email, value }) => ports.ledgerRecord(email, value)))
    return { writes: entries.map(({ email, value }) => states.ledgerWrite(email, value)), logged }
  }
}

/** A contact after the copies of a batch. */
interface MergedCopy {
  readonly email: string
  readonly desired: DesiredContact
  readonly ledger: LedgerEntry | null
  readonly isForgotten: boolean
}

function emailOf(read: UsableContact): string {
  return read.type === 'contact' ? read.contact.email : read.email
}
