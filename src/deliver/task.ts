import { planWrite } from '../domain/plan.ts'
import type { SourceRecord } from '../domain/record.ts'
import { createContactStates, type KnownContact } from './contact-state.ts'
import type { DeliverContext } from './context.ts'
import { createDirtySet } from './dirty-set.ts'
import type { FlushTask } from './flusher.ts'
import { type ComparedContact, markDirty } from './mark-dirty.ts'
import type { DeliverPorts, StoreWrite } from './ports.ts'
import { createReceiveCopies } from './receive-copies.ts'
import { createRetries } from './retries.ts'
import { restoreContacts, restoreLedger } from './restore-contacts.ts'
import { createSerial } from '../domain/serial.ts'
import type { StatusFields } from '../domain/urgency.ts'

/** The deliver stage of one partition: what the runtime drives, and what the flusher sends from. */
export interface DeliverTask extends FlushTask {
  /** Puts records of the past, all of the contacts, the ledger or the retry topic, into the store. */
  restore(records: readonly SourceRecord[], position: readonly StoreWrite[]): Promise<void>
  /** Once all of the past is restored: marks every contact dirty that differs from what was last written. */
  restored(): Promise<void>
  process(records: readonly SourceRecord[], position: readonly StoreWrite[]): Promise<void>
  /** From here on nothing is written any more, whatever is still in flight. */
  close(): void
}

/** Takes in a batch of desired contacts; `position` is stored with them. */
export type Receive = (records: readonly SourceRecord[], position: readonly StoreWrite[]) => Promise<void>

/** The two halves of the stage, from the topology. */
export interface DeliverSteps {
  receive(context: DeliverContext): Receive
  send(context: DeliverContext): FlushTask['send']
}

/** What a deliver task needs besides its ports. */
export interface DeliverTaskOptions {
  readonly ledgerTopic: string
  readonly retryTopic: string
  readonly replayTopic: string
  readonly steps: DeliverSteps
  readonly statuses: StatusFields
  /** How long a contact rests after a write of which nobody knows how it ended. */
  readonly ambiguousHoldMs: number
  /** The longest rest of a contact after a failed attempt. */
  readonly retryMaxMs: number
  /** After so many failed attempts a contact is put aside. */
  readonly retryMaxAttempts: number
  monotonicMs(): number
  /** Called after contacts were marked dirty. */
  wakeFlusher(): void
  /** A send failed in a way that ends the task. */
  failed(error: unknown): void
}

/** Contacts that are looked at together. */
const chunkSize = 500

/**
 * Stands in a store whose dirty index is complete. A restore from nothing does not keep the index, which would double its
 * work, but compares all contacts once at its end.
 */
const indexedKey = 'deliver/indexed'

/** A task over the store of `ports`. */
export function createDeliverTask(ports: DeliverPorts, options: DeliverTaskOptions): DeliverTask {
  let closed = false
  const context: DeliverContext = {
    ports,
    states: createContactStates(ports.store, ports.contactCodec, ports.ledgerCodec),
    dirty: createDirtySet(),
    serial: createSerial(),
    isClosed: () => closed,
    statuses: options.statuses,
    ambiguousHoldMs: options.ambiguousHoldMs,
    monotonicMs: () => options.monotonicMs(),
  }
  const { states, dirty } = context
  const retries = createRetries(context, {
    ambiguousHoldMs: options.ambiguousHoldMs,
    maxMs: options.retryMaxMs,
    maxAttempts: options.retryMaxAttempts,
  })
  const receive = options.steps.receive(context)
  const receiveCopies = createReceiveCopies(context)
  let indexed: Promise<boolean> | null = null

  async function isIndexed(): Promise<boolean> {
    indexed ??= ports.store.getMany([indexedKey]).then(([value]) => value !== undefined)
    return indexed
  }

  /** Marks those that differ from Zendesk, as urgent as they are now, and makes the dirty index say the same. */
  async function compare(contacts: readonly KnownContact[], isIndexed: boolean): Promise<void> {
    const writes: StoreWrite[] = []
    const differing: ComparedContact[] = []
    for (const { email, desired, ledger } of contacts) {
      const plan = desired === null ? null : planWrite(desired, ledger, ports.digest)
      const differs = plan !== null && plan.type !== 'none'
      if (desired !== null && differs) differing.push({ email, desired, ledger, plan })
      if (differs !== isIndexed) writes.push(states.dirtyWrite(email, differs))
    }
    if (writes.length > 0) await ports.store.batch(writes)
    for (const contact of differing) markDirty(context, contact)
  }

  return {
    dirty,
    send: options.steps.send(context),
    retry: async (taken, failure, next) => retries.failed(taken, failure, next),
    failed: (error) => options.failed(error),
    async restore(records, position) {
      const topic = records[0]?.topic
      if (topic === options.retryTopic) return retries.restore(records, position)
      const restore = topic === options.ledgerTopic ? restoreLedger : restoreContacts
      await restore(context, records, position, await isIndexed())
    },
    async restored() {
      if (await isIndexed()) {
        for await (const contacts of states.dirtyChunks(chunkSize)) await compare(contacts, true)
      } else {
        for await (const contacts of states.allChunks(chunkSize)) await compare(contacts, false)
        await ports.store.batch([{ key: indexedKey, value: new Uint8Array() }])
      }
      await retries.restored()
      options.wakeFlusher()
    },
    async process(records, position) {
      const topic = records[0]?.topic
      if (topic === options.retryTopic) await retries.receive(records, position)
      else if (topic === options.replayTopic) await receiveCopies(records, position)
      else await receive(records, position)
      options.wakeFlusher()
    },
    close() {
      closed = true
      dirty.abandon()
    },
  }
}
