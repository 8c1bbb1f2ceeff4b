import type { ExclusionReason, DesiredContact } from '../domain/contact.ts'
import type { Misfit } from '../domain/custom-field-value.ts'
import type { DeadLetterReason, OutputRecord, SourceRecord } from '../domain/record.ts'
import type { StoredPerson } from './stored-person.ts'

/** A decoded Avro value, or why the bytes are none. `detail` never quotes a value. */
export type Decoded =
  | { readonly type: 'decoded'; readonly value: unknown }
  | { readonly type: 'undecodable'; readonly reason: string; readonly detail: string }

/** Bytes of one kind of value, as our own topics and stores hold them. */
export interface Codec<T> {
  encode(value: T): Uint8Array
  /** Rejects for bytes that are no such value: our own topics hold nothing else. */
  decode(bytes: Uint8Array): Promise<T>
}

/** Records that are durable in the changelog and not in the store yet. */
export interface Logged {
  readonly sequence: number
}

/** The part of a task's state that the stage uses. */
export interface Store {
  get(key: string): Promise<Uint8Array | undefined>
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  /** Entries in key order. The store may change meanwhile: entries written later may or may not appear. */
  range(bounds: { readonly gte: string; readonly lt: string }): AsyncIterable<readonly [string, Uint8Array]>
  /** Makes records durable in the changelog. What it returns belongs to the batch that writes the same to the store. */
  log(records: readonly OutputRecord[]): Promise<Logged>
  /** Written whole or not at all. */
  batch(writes: readonly StoreWrite[], logged?: Logged): Promise<void>
}

/** One write of a batch; `value: null` deletes. */
export interface StoreWrite {
  readonly key: string
  readonly value: Uint8Array | null
}

/**
 * Why an event made no contact record of its own: it changed nothing (`unchanged`), more of the same person came with it
 * (`batched`), or it concerns nothing that is mapped (`unmapped`).
 */
export type AssembleAvoidedReason = 'unchanged' | 'batched' | 'unmapped'

/** What the assemble stage reports of its work. Names are AEP's where it has one. */
export interface AssembleMetrics {
  profileReceived(topic: string, outcome: 'folded' | 'unchanged' | 'dead_letter'): void
  /** A person became excluded (`null`: is no longer), from one reason to another. */
  exclusionChanged(partition: number, from: ExclusionReason | null, to: ExclusionReason | null): void
  /** So many persons of a task that just started are excluded already: excluded now, but not newly. */
  exclusionsRestored(partition: number, reason: ExclusionReason, persons: number): void
  contactEmitted(state: DesiredContact['state']): void
  /** A change that a sender of events would have spent a request on, and that made no contact record. */
  requestAvoided(reason: AssembleAvoidedReason): void
  /** A mapped value that its field cannot hold, and why. */
  fieldUnusable(target: string, misfit: Misfit): void
}

/** Everything that the assemble stage needs of the outside. */
export interface AssemblePorts {
  /** Decodes an input value. Rejects only where the registry cannot be reached: the record is not at fault. */
  readonly decode: (bytes: Uint8Array) => Promise<Decoded>
  readonly personCodec: Codec<StoredPerson>
  readonly contactCodec: Pick<Codec<DesiredContact>, 'encode'>
  readonly store: Store
  /** Resolves when every record is acknowledged by all in-sync replicas. */
  produce(records: readonly OutputRecord[]): Promise<void>
  deadLetter(record: SourceRecord, reason: DeadLetterReason): OutputRecord
  readonly digest: (text: string) => string
  nowMs(): number
  readonly metrics: AssembleMetrics
}
