/**
 * The whole path of a record, in one read.
 *
 *   profiles, segment-memberships -> ASSEMBLE -> contacts -> DELIVER -> Zendesk Sell
 *                                  ^           ^
 *                   assemble-replay           deliver-replay: copies that are read once more
 *
 * Each function below is one stage's work on one batch or one contact. They decide the order of effects, the same one
 * everywhere: produce (acknowledged by all replicas), then store, then, in the runtime, commit. A crash between two steps
 * repeats work and never loses any, since every step is idempotent.
 */
import { createPeople } from './assemble/people.ts'
import type { AssemblePorts } from './assemble/ports.ts'
import { type AssembleRules, publishPersons } from './assemble/publish.ts'
import { noCopy, type ReadRecord, readRecord } from './assemble/read-record.ts'
import type { Assemble } from './assemble/task.ts'
import type { DeliverContext } from './deliver/context.ts'
import type { TakenContact } from './deliver/dirty-set.ts'
import { sendLook } from './deliver/look.ts'
import { markDirty } from './deliver/mark-dirty.ts'
import {
  type MergeContacts,
  type MergedContact,
  mergeBatch,
  type UsableContact,
} from './deliver/merge-batch.ts'
import { announceWrite, avoidedReason, recordOutcome, recordUnsent } from './deliver/outcome.ts'
import type { StoreWrite } from './deliver/ports.ts'
import { isUsable, readContact } from './deliver/read-contact.ts'
import { settleUnsent } from './deliver/save-ledger.ts'
import type { PlannedWrite, SendResult, Unfinished } from './deliver/send-result.ts'
import { changesNothing, readTags, withTags, writesTags } from './deliver/tags.ts'
import type { FlushTask } from './deliver/flusher.ts'
import type { Receive } from './deliver/task.ts'
import type { DesiredContact } from './domain/contact.ts'
import { originOf } from './domain/copy.ts'
import { planWrite, type Write, type WritePlan } from './domain/plan.ts'
import type { OutputRecord, SourceRecord } from './domain/record.ts'
import { mergePending } from './domain/urgency.ts'

/** Records that are held decoded at a time, besides the persons that they change: decoded they are many times as large. */
const readAtOnce = 100

/**
 * ASSEMBLE a batch of one partition: decode -> read -> fold into the person -> map and derive -> emit the contact.
 * What cannot be used goes to the dead-letter topic, whatever else its record holds is used. Resolves once all of it is
 * durable; rejects, with nothing done that may not be repeated, where the registry or Kafka cannot be reached.
 */
export function createAssemble(ports: AssemblePorts, rules: AssembleRules): Assemble {
  return async function assemble(index, records, position) {
    const people = createPeople(ports.store, ports.personCodec)
    const deadLetters: OutputRecord[] = []
    // Records of one topic. A copy counts as the record that it is a copy of, with its version: it says nothing new.
    const replayed = records[0]?.topic === rules.replayTopic
    for (let from = 0; from < records.length; from += readAtOnce) {
      const part = await readAll(records.slice(from, from + readAtOnce), replayed)
      // Together: to wait for the store once for each record would take many times as long, and live records wait meanwhile.
      await people.load(
        part.flatMap(({ personKey, event }) => (personKey === null || event === null ? [] : [personKey])),
      )
      for (const { topic, origin, personKey, event, deadLetter } of part) {
        const changed = personKey !== null && event !== null && (await people.fold(personKey, event))
        if (event !== null && !changed) ports.metrics.requestAvoided('unchanged')
        if (deadLetter !== null) deadLetters.push(ports.deadLetter(origin, deadLetter))
        ports.metrics.profileReceived(topic, deadLetter ? 'dead_letter' : changed ? 'folded' : 'unchanged')
      }
    }
    if (deadLetters.length > 0) await ports.produce(deadLetters)
    await publishPersons(ports, rules, index, people.changed(replayed), position)
  }

  async function readAll(records: readonly SourceRecord[], areCopies: boolean) {
    const all = []
    for (const record of records) all.push({ topic: record.topic, ...(await read(record, areCopies)) })
    return all
  }

  async function read(record: SourceRecord, isCopy: boolean): Promise<ReadRecord & { origin: SourceRecord }> {
    const origin = isCopy ? originOf(record) : record
    const input = origin === null ? null : rules.inputOf(origin.topic)
    return origin === null || input === null
      ? { ...noCopy, origin: origin ?? record }
      : { ...(await readRecord(origin, input, ports.decode)), origin }
  }
}

/**
 * DELIVER, first half: takes in desired contacts and marks those dirty that differ from what was last written. Nothing is
 * sent here: not events are queued for Zendesk but contacts, once each, so that a send always takes the current state.
 */
export function createReceive(context: DeliverContext): Receive {
  const { ports, states } = context

  return async function receive(records, position) {
    const contacts: UsableContact[] = []
    const deadLetters: OutputRecord[] = []
    for (const record of records) {
      const read = await readContact(record, ports.contactCodec)
      if (isUsable(read)) contacts.push(read)
      else deadLetters.push(ports.deadLetter(record, read.reason))
    }
    if (deadLetters.length > 0) await ports.produce(deadLetters)
    deadLetters.forEach(() => ports.metrics.contactReceived('dead_letter'))
    await context.serial(async () => store(await mergeBatch(states, contacts, merge), position))
  }

  /** What waits keeps its urgency, also over a restart: it is stored with the contact. */
  function merge(...[known, incoming, ledger]: Parameters<MergeContacts>): DesiredContact {
    return mergePending(known, incoming, ledger, ports.digest)
  }

  /** In one batch with its place in the dirty index, or a crash would leave a contact that differs and nobody sends. */
  async function store(merged: readonly MergedContact[], position: readonly StoreWrite[]): Promise<void> {
    const judged = merged.map((contact) => ({ ...contact, plan: planOf(contact) }))
    const last = new Map(judged.map((contact) => [contact.email, contact]))
    await ports.store.batch([
      ...[...last.values()].map(({ email, desired }) => states.desiredWrite(email, desired)),
      ...judged.filter(needsSend).map(({ email }) => states.dirtyWrite(email, true)),
      ...position,
    ])
    for (const contact of judged) mark(contact)
  }

  function planOf({ desired, ledger }: MergedContact): WritePlan | null {
    return desired === null ? null : planWrite(desired, ledger, ports.digest)
  }

  /** While a send is under way the ledger is about to change, so a comparison with it proves nothing. */
  function needsSend({ email, plan }: JudgedContact): boolean {
    return plan !== null && (plan.type !== 'none' || context.dirty.isInFlight(email))
  }

  function mark(contact: JudgedContact): void {
    const { email, desired, ledger, plan, isConflict } = contact
    if (isConflict) ports.metrics.identityConflict()
    if (desired === null || plan === null) return
    if (needsSend(contact)) {
      ports.metrics.contactReceived('dirty')
      const marked = markDirty(context, { email, desired, ledger, plan })
      if (marked === 'coalesced') ports.metrics.requestAvoided('coalesced')
      return
    }
    ports.metrics.contactReceived('unchanged')
    if (plan.type === 'none') ports.metrics.requestAvoided(avoidedReason(plan.reason))
  }
}

/** A contact of a batch, and what Zendesk would need for it. */
type JudgedContact = MergedContact & { readonly plan: WritePlan | null }

/**
 * DELIVER, second half: sends one dirty contact's current state, if it still differs from what was last written, and
 * records that it is about to, then the outcome. The caller paces it, says in the last moment whether each request may go,
 * and guarantees that a contact has one send under way at most.
 */
export function createSend(context: DeliverContext): FlushTask['send'] {
  const { ports, states } = context

  return async function send(taken, mayGo) {
    let result = await sendOne(taken, mayGo, undefined)
    // Tags take two requests, one right after the other: by the contact's next turn, what the first showed would be stale.
    while (result.type === 'unfinished') {
      const next: SendResult | Unfinished = await sendOne(taken, mayGo, result.tags)
      result = next.type === 'avoided' ? { type: 'settled' } : next
    }
    return result
  }

  /** Sends one request, if any. `tags` are those of the contact, where the request before has shown them. */
  async function sendOne(
    taken: TakenContact,
    mayGo: () => Promise<boolean>,
    tags: readonly string[] | undefined,
  ): Promise<SendResult | Unfinished> {
    const { desired, ledger } = await context.serial(async () => states.read(taken.email))
    const plan =
      desired === null
        ? ({ type: 'none', reason: 'no_contact' } as const)
        : planWrite(desired, ledger, ports.digest)
    if (desired === null || plan.type === 'none') {
      await settleUnsent(context, taken)
      if (plan.type === 'none') ports.metrics.requestAvoided(avoidedReason(plan.reason))
      return { type: 'avoided' }
    }
    if (plan.type === 'look') return sendLook(context, { taken, desired, look: plan }, mayGo)
    const planned = { taken, desired, ledger, write: plan }
    if (!writesTags(plan)) return sendWrite(context, planned, plan, mayGo)
    if (tags === undefined) return readTags(context, { ...planned, write: plan }, mayGo)
    const write = withTags(planned, tags, ports.digest)
    return changesNothing(write, tags)
      ? recordUnsent(context, planned, plan.contactId)
      : sendWrite(context, planned, write, mayGo)
  }
}

/** Sends `write`, which carries out what was planned. */
async function sendWrite(
  context: DeliverContext,
  planned: PlannedWrite,
  write: Write,
  mayGo: () => Promise<boolean>,
): Promise<SendResult | Unfinished> {
  await announceWrite(context, planned)
  if (!(await mayGo()) || context.isClosed()) {
    context.dirty.release(planned.taken)
    return { type: 'avoided' }
  }
  const outcome = await context.ports.writeContact(write)
  return recordOutcome(context, planned, outcome)
}
