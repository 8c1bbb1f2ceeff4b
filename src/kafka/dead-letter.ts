import type { DeadLetterReason, OutputRecord, SourceRecord } from '../domain/record.ts'

/** Longest header value of ours, in characters. */
const maxDetailLength = 1024

/** Connect's names for our stages, so that tools which read Connect's dead letters read ours. */
const connectStages = { decode: 'VALUE_CONVERTER', read: 'TRANSFORMATION', deliver: 'TASK_PUT' } as const

/** What stands in the headers of every dead letter. */
export interface DeadLetterOrigin {
  readonly topic: string
  readonly applicationId: string
  /** Epoch milliseconds. */
  readonly failedAtMs: number
}

/**
 * The dead letter of a record: key, value and headers byte for byte, plus headers that say what happened, under our own
 * names and under Kafka Connect's (facts: header conventions). A contact that Zendesk refused has no source record.
 */
export function deadLetterRecord(
  record: Pick<SourceRecord, 'key' | 'value'> & Partial<SourceRecord>,
  reason: DeadLetterReason,
  origin: DeadLetterOrigin,
): OutputRecord {
  const detail = reason.detail.slice(0, maxDetailLength)
  return {
    topic: origin.topic,
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      'zendesk-activation.disposition': reason.disposition,
      'zendesk-activation.error-class': reason.errorClass,
      'zendesk-activation.stage': reason.stage,
      'zendesk-activation.detail': detail,
      'zendesk-activation.failed-at': new Date(origin.failedAtMs).toISOString(),
      ...sourceHeaders('zendesk-activation.source-', record),
      ...timeHeader(record),
      ...sourceHeaders('__connect.errors.', record),
      '__connect.errors.connector.name': origin.applicationId,
      '__connect.errors.stage': connectStages[reason.stage],
      '__connect.errors.exception.class.name': reason.errorClass,
      '__connect.errors.exception.message': detail,
    },
  }
}

/** The record's own time, which is that of its event where its value says none: needed to read it once more. */
function timeHeader({ timestampMs }: Partial<SourceRecord>): Record<string, string> {
  return timestampMs === undefined ? {} : { 'zendesk-activation.source-timestamp': String(timestampMs) }
}

function sourceHeaders(
  prefix: string,
  { topic, partition, offset }: Partial<SourceRecord>,
): Record<string, string> {
  if (topic === undefined || partition === undefined || offset === undefined) return {}
  return {
    [`${prefix}topic`]: topic,
    [`${prefix}partition`]: String(partition),
    [`${prefix}offset`]: String(offset),
  }
}
