import { planWrite } from '../domain/plan.ts'
import type { SourceRecord } from '../domain/record.ts'
import { createContactStates } from './contact-state.ts'
import type { DeliverContext } from './context.ts'
import { createDirtySet } from './dirty-set.ts'
import type { FlushTask } from './flusher.ts'
import { markDirty } from './mark-dirty.ts'
import type { DeliverPorts } from './ports.ts'
import { readContact } from './read-contact.ts'
import { createSerial } from './serial.ts'

/** The deliver stage of one partition: what the runtime drives, and what the flusher sends from. */
export interface DeliverTask extends FlushTask {
  /** Puts a record of the past, of the contacts or the ledger topic, into the store. */
  restore(records: readonly SourceRecord[]): Promise<void>
  /** Once all of the past is restored: marks every contact dirty that differs from what was last written. */
  restored(): Promise<void>
  process(records: readonly SourceRecord[]): Promise<void>
  /** From here on nothing is written any more, whatever is still in flight. */
  close(): void
}

/** The two halves of the stage, from the topology. */
export interface DeliverSteps {
  receive(context: DeliverContext): (records: readonly SourceRecord[]) => Promise<void>
  send(context: DeliverContext): FlushTask['send']
}

/** What a deliver task needs besides its ports. */
export interface DeliverTaskOptions {
  readonly ledgerTopic: string
  readonly steps: DeliverSteps
  /** How long a contact rests after a write of which nobody knows how it ended. */
  readonly ambiguousHoldMs: number
  monotonicMs(): number
  /** Called after contacts were marked dirty. */
  wakeFlusher(): void
}

/** A task over an empty store. */
export function createDeliverTask(ports: DeliverPorts, options: DeliverTaskOptions): DeliverTask {
  let closed = false
  const context: DeliverContext = {
    ports,
    states: createContactStates(ports.store, ports.contactCodec, ports.ledgerCodec),
    dirty: createDirtySet(),
    serial: createSerial(),
    isClosed: () => closed,
    ambiguousHoldMs: options.ambiguousHoldMs,
    monotonicMs: () => options.monotonicMs(),
  }
  const receive = options.steps.receive(context)

  return {
    dirty: context.dirty,
    send: options.steps.send(context),
    async restore(records) {
      for (const record of records) {
        if (record.topic === options.ledgerTopic) await restoreLedger(context, record)
        else await restoreContact(context, record)
      }
    },
    async restored() {
      for await (const email of context.states.emails()) {
        const { desired, ledger } = await context.states.read(email)
        if (desired === null || planWrite(desired, ledger, ports.digest).type === 'none') continue
        markDirty(context, email, ledger)
      }
      options.wakeFlusher()
    },
    async process(records) {
      await receive(records)
      options.wakeFlusher()
    },
    close() {
      closed = true
    },
  }
}

async function restoreLedger(context: DeliverContext, record: SourceRecord): Promise<void> {
  if (record.key === null) return
  await context.states.writeLedger(new TextDecoder().decode(record.key), record.value)
}

/** A contact's past: what was not usable then went to the dead-letter topic then. */
async function restoreContact(context: DeliverContext, record: SourceRecord): Promise<void> {
  const read = await readContact(record, context.ports.contactCodec)
  if (read.type === 'contact') await context.states.mergeDesired(read.contact)
  if (read.type === 'forgotten') await context.states.writeDesired(read.email, null)
}
