import type { DesiredContact } from '../domain/contact.ts'
import type { LedgerEntry } from '../domain/ledger.ts'
import type { DeadLetterReason, OutputRecord, SourceRecord } from '../domain/record.ts'
import type { RetryPointer } from '../domain/retry.ts'
import type { Urgency } from '../domain/urgency.ts'
import type { WriteContact, WriteOutcome } from './contact-writer.ts'

/** Bytes of one kind of value in a topic of ours that others may write too, so that it is an input like any. */
interface OpenCodec<T> {
  encode(value: T): Uint8Array
  /** The value, or why the bytes are none. */
  read(
    bytes: Uint8Array,
  ): Promise<
    | { readonly type: 'decoded'; readonly value: T }
    | { readonly type: 'undecodable'; readonly reason: string; readonly detail: string }
  >
}

/** Bytes of the contacts topic. */
export type ContactCodec = OpenCodec<DesiredContact>

/** Bytes of the retry topic. */
export type RetryCodec = OpenCodec<RetryPointer>

/** Bytes of ledger entries. `decode` rejects for bytes that are none: nobody else writes the ledger. */
export interface LedgerCodec {
  encode(value: LedgerEntry): Uint8Array
  decode(bytes: Uint8Array): Promise<LedgerEntry>
}

/** One write of a batch; `value: null` deletes. */
export interface StoreWrite {
  readonly key: string
  readonly value: Uint8Array | null
}

/** Records that are durable in the ledger and not in the store yet. */
export interface Logged {
  readonly sequence: number
}

/** The part of a task's state that the stage uses. */
export interface DeliverStore {
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  range(bounds: { readonly gte: string; readonly lt: string }): AsyncIterable<readonly [string, Uint8Array]>
  /** Makes records durable in the ledger. What it returns belongs to the batch that writes the same to the store. */
  log(records: readonly OutputRecord[]): Promise<Logged>
  /** Written whole or not at all. */
  batch(writes: readonly StoreWrite[], logged?: Logged): Promise<void>
}

/** Why a change of a contact needed no request of its own. */
export type AvoidedReason = 'noop' | 'coalesced' | 'rejected_before' | 'no_contact'

/** What the deliver stage reports of its work. Names are AEP's where it has one. */
export interface DeliverMetrics {
  contactReceived(outcome: 'dirty' | 'unchanged' | 'dead_letter'): void
  requestAvoided(reason: AvoidedReason): void
  /** A write was acknowledged; `freshnessMs` is the age of its newest claim, `urgency` that by which it was sent. */
  identityActivated(operation: 'upsert' | 'update', urgency: Urgency, freshnessMs: number): void
  identityFailed(errorClass: string): void
  outcome(type: WriteOutcome['type']): void
  identityConflict(): void
  /**
   * Of the retry topic: a contact's next attempt was written down; a pointer is void, since the contact needs nothing any
   * more; or the contact failed too often and was put aside.
   */
  retry(outcome: 'scheduled' | 'superseded' | 'exhausted'): void
}

/** Everything that the deliver stage needs of the outside, but time and scheduling. */
export interface DeliverPorts {
  readonly contactCodec: ContactCodec
  readonly ledgerCodec: LedgerCodec
  readonly retryCodec: RetryCodec
  readonly store: DeliverStore
  readonly writeContact: WriteContact
  /** Resolves when every record is acknowledged by all in-sync replicas. */
  produce(records: readonly OutputRecord[]): Promise<void>
  /** The ledger record of one e-mail, in this task's partition. */
  ledgerRecord(email: string, value: Uint8Array): OutputRecord
  /** The pointer of one e-mail, in this task's partition of the retry topic; `null` says that it is void. */
  retryRecord(email: string, value: Uint8Array | null): OutputRecord
  /** The dead letter of an input record, or of a contact that Zendesk refused or that failed too often. */
  deadLetter(
    record: Pick<SourceRecord, 'key' | 'value'> & Partial<SourceRecord>,
    reason: DeadLetterReason,
  ): OutputRecord
  readonly digest: (text: string) => string
  nowMs(): number
  readonly metrics: DeliverMetrics
}
