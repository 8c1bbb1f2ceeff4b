import { describe, expect, it } from '@jest/globals'
import type { DeadLetterReason, SourceRecord } from '../../../src/domain/record.ts'
import { deadLetterRecord } from '../../../src/kafka/dead-letter.ts'

const source: SourceRecord = {
  topic: 'profiles',
  partition: 3,
  offset: 41,
  timestampMs: 1_700_000_000_000,
  key: Uint8Array.of(0, 255, 128),
  value: Uint8Array.of(9, 8, 7, 0),
  headers: { trace: Uint8Array.of(1, 2, 3), empty: new Uint8Array() },
}
const reason: DeadLetterReason = {
  disposition: 'poison',
  errorClass: 'corrupt',
  stage: 'decode',
  detail: 'at byte 7',
}
const origin = { topic: 'za.dead-letter', applicationId: 'za', failedAtMs: Date.UTC(2026, 0, 31, 9, 30) }

describe('a dead letter', () => {
  it('carries key, value and headers of the record byte for byte', () => {
    const before = structuredClone(source)
    const letter = deadLetterRecord(source, reason, origin)
    expect(letter.topic).toBe('za.dead-letter')
    expect(letter.key).toBe(source.key)
    expect(letter.value).toBe(source.value)
    expect(letter.headers).toMatchObject(source.headers)
    expect(source).toEqual(before)
  })

  it.each([
    { name: 'no key', record: { ...source, key: null } },
    { name: 'no value', record: { ...source, value: null } },
  ])('of a record with $name has none either', ({ record }) => {
    const letter = deadLetterRecord(record, reason, origin)
    expect({ key: letter.key, value: letter.value }).toEqual({ key: record.key, value: record.value })
  })

  it('says what happened, where and when, under our names and under those of Kafka Connect', () => {
    const { headers } = deadLetterRecord({ ...source, headers: {} }, reason, origin)
    expect(headers).toEqual({
      'zendesk-activation.disposition': 'poison',
      'zendesk-activation.error-class': 'corrupt',
      'zendesk-activation.stage': 'decode',
      'zendesk-activation.detail': 'at byte 7',
      'zendesk-activation.failed-at': '2026-01-31T09:30:00.000Z',
      'zendesk-activation.source-topic': 'profiles',
      'zendesk-activation.source-partition': '3',
      'zendesk-activation.source-offset': '41',
      'zendesk-activation.source-timestamp': '1700000000000',
      '__connect.errors.topic': 'profiles',
      '__connect.errors.partition': '3',
      '__connect.errors.offset': '41',
      '__connect.errors.connector.name': 'za',
      '__connect.errors.stage': 'VALUE_CONVERTER',
      '__connect.errors.exception.class.name': 'corrupt',
      '__connect.errors.exception.message': 'at byte 7',
    })
  })

  it.each([
    { stage: 'decode', connect: 'VALUE_CONVERTER' },
    { stage: 'read', connect: 'TRANSFORMATION' },
    { stage: 'deliver', connect: 'TASK_PUT' },
  ] as const)('names the stage $stage as Connect does: $connect', ({ stage, connect }) => {
    const { headers } = deadLetterRecord(source, { ...reason, stage }, origin)
    expect(headers?.['__connect.errors.stage']).toBe(connect)
  })

  it('of a contact that Zendesk refused has no source, and no header without a value', () => {
    const letter = deadLetterRecord(
      { key: source.key, value: source.value },
      { ...reason, stage: 'deliver' },
      origin,
    )
    const names = Object.keys(letter.headers ?? {})
    expect(names.filter((name) => /source|errors\.(topic|partition|offset)/.test(name))).toEqual([])
    expect(Object.values(letter.headers ?? {}).filter((value) => typeof value !== 'string')).toEqual([])
  })

  it('cuts what it says to 1024 characters, whatever the record was', () => {
    const { headers } = deadLetterRecord(source, { ...reason, detail: 'x'.repeat(50_000) }, origin)
    expect(headers?.['zendesk-activation.detail']).toHaveLength(1024)
    expect(headers?.['__connect.errors.exception.message']).toHaveLength(1024)
  })

  it('of a dead letter that came back tells its last failure', () => {
    const first = deadLetterRecord(source, reason, origin)
    const headers = Object.fromEntries(
      Object.entries(first.headers ?? {}).map(([name, value]) => [name, Buffer.from(value)]),
    )
    const again = deadLetterRecord({ ...source, headers }, { ...reason, errorClass: 'null-key' }, origin)
    expect(again.headers?.['zendesk-activation.error-class']).toBe('null-key')
    expect(again.headers?.['trace']).toEqual(Buffer.from([1, 2, 3]))
  })
})
