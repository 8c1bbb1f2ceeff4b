/** One record as Kafka holds it. */
export interface SourceRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** The record's own time (CreateTime or LogAppendTime), in epoch milliseconds. */
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, Uint8Array>>
}

/** One record to produce. Without `partition` the key decides, by the partitioner that all Kafka clients share. */
export interface OutputRecord {
  readonly topic: string
  readonly partition?: number
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | null
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
}

/**
 * Why a record or a contact went to the dead-letter topic. `detail` holds no field values: it becomes a header.
 */
export interface DeadLetterReason {
  /** `poison`: the input cannot be used as it is. `rejected`: Zendesk refused the contact. `exhausted`: it failed too often. */
  readonly disposition: 'poison' | 'rejected' | 'exhausted'
  /** Short and stable, for metrics and filters: `corrupt`, `null-key`, `unknown-status`. */
  readonly errorClass: string
  /** Where in the flow: Kafka Connect's word for it. */
  readonly stage: 'decode' | 'read' | 'deliver'
  readonly detail: string
}
