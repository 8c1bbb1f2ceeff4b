import type { DesiredContact } from '../domain/contact.ts'
import { rewriteOf } from '../domain/copy.ts'
import { forget, type LedgerEntry, type Rewrite } from '../domain/ledger.ts'
import { planWrite } from '../domain/plan.ts'
import type { OutputRecord, SourceRecord } from '../domain/record.ts'
import type { DeliverContext } from './context.ts'
import { markDirty } from './mark-dirty.ts'
import { mergeBatch, type UsableContact } from './merge-batch.ts'
import type { Logged, StoreWrite } from './ports.ts'
import { isUsable, readContact } from './read-contact.ts'

/** A copied contact, or none where the record holds a wish alone, and what is to be written again. */
interface Copy {
  readonly email: string
  readonly contact: DesiredContact | null
  readonly rewrite: Rewrite | null
}

/**
 * Takes in copies of contacts: merged like any contact, of which those that are known already change nothing, and compared
 * with what was last written, of which a copy can have parts forgotten, and so can a record without a contact. What is to be sent
 * then waits with the backfill.
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
      if (isUsable(read)) copies.push(copyOf(read, rewriteOf(record)))
      else deadLetters.push(ports.deadLetter(record, read.reason))
    }
    if (deadLetters.length > 0) await ports.produce(deadLetters)
    deadLetters.forEach(() => ports.metrics.contactReceived('dead_letter'))
    while (!(await storeUnlessInFlight(copies, position)))
      await Promise.all(copies.map(async ({ email }) => dirty.landed(email)))
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
      if (!context.isClosed() && copies.some(({ email }) => dirty.isInFlight(email))) return false
      await store(await merge(copies), position)
      return true
    })
  }

  async function merge(copies: readonly Copy[]): Promise<readonly MergedCopy[]> {
    const wishes = new Map<string, Rewrite[]>()
    for (const { email, rewrite } of copies)
      wishes.set(email, [...(wishes.get(email) ?? []), ...(rewrite === null ? [] : [rewrite])])
    const emails = [...wishes.keys()]
    const known = await states.readMany(emails)
    const contacts = copies.flatMap(({ contact }) =>
      contact === null ? [] : [{ type: 'contact' as const, contact }],
    )
    const merged = new Map((await mergeBatch(states, contacts)).map(({ email, desired }) => [email, desired]))
    return emails.flatMap((email, index) => {
      const { ledger = null, ...state } = known[index] ?? { desired: null }
      const desired = merged.get(email) ?? state.desired
      if (desired === null) return []
      const wanted = wishes.get(email) ?? []
      const forgetful = ledger === null ? null : wanted.reduce(forget, ledger)
      return [
        { email, desired: asBackfill(desired, ledger), ledger: forgetful, isForgotten: wanted.length > 0 },
      ]
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

/** An old deletion, read once more, would delete what came after it: of that record nothing but the wish counts. */
function copyOf(read: UsableContact, rewrite: Rewrite | null): Copy {
  return read.type === 'contact'
    ? { email: read.contact.email, contact: read.contact, rewrite }
    : { email: read.email, contact: null, rewrite }
}
