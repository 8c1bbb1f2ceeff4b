import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { copyContact, copyRecord, originOf, rewriteOf } from '../../../src/domain/copy.ts'
import type { Rewrite } from '../../../src/domain/ledger.ts'
import type { OutputRecord, SourceRecord } from '../../../src/domain/record.ts'

const record: SourceRecord = {
  topic: 'profiles',
  partition: 3,
  offset: 41,
  timestampMs: 1_700_000_000_000,
  key: new Uint8Array([1, 0, 255]),
  value: new Uint8Array([0, 1, 2]),
  headers: { trace: new Uint8Array([9]) },
}

/** The copy as somebody reads it. */
function asRead({ topic, key, value, headers }: OutputRecord, partition = 3): SourceRecord {
  const bytes = (content: string | Uint8Array): Uint8Array => Buffer.from(content)
  return {
    topic,
    partition,
    offset: 7,
    timestampMs: 1_800_000_000_000,
    key: key === null ? null : bytes(key),
    value,
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, header]) => [name, bytes(header)])),
  }
}

describe('a copy of a record', () => {
  it('is read as the record that it is a copy of, whatever that is', () => {
    const bytes = fc.uint8Array({ maxLength: 20 })
    const records = fc.record({
      topic: fc.string({ minLength: 1 }),
      partition: fc.nat(1000),
      offset: fc.maxSafeNat().map((offset) => offset % 1e15),
      timestampMs: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 4e12 })),
      key: fc.option(bytes),
      value: fc.option(bytes),
      headers: fc.dictionary(fc.string({ minLength: 1 }), bytes),
    })
    fc.assert(
      fc.property(records, (original) => {
        const copy = asRead(copyRecord('replay', original), original.partition)
        expect(originOf(copy)).toEqual({ ...original, key: original.key && Buffer.from(original.key) })
      }),
    )
  })

  it.each<[string, (copy: SourceRecord) => SourceRecord]>([
    ['has no headers', (copy) => ({ ...copy, headers: {} })],
    ['lies in another partition, so of another key', (copy) => ({ ...copy, partition: 4 })],
    ['has an offset that is none', (copy) => withHeader(copy, 'zendesk-activation.copy-of-offset', '1e3')],
    ['has a time that is none', (copy) => withHeader(copy, 'zendesk-activation.copy-of-timestamp', 'today')],
  ])('is of nothing where it %s', (_what, change) => {
    expect(originOf(change(asRead(copyRecord('replay', record))))).toBeNull()
  })
})

describe('a copy of a contact', () => {
  it.each<[Rewrite | null]>([[null], ['all'], ['refused'], [['title', 'custom_fields.Umlaut \u00e4']]])(
    'says what is to be written again: %j',
    (rewrite) => {
      expect(rewriteOf(asRead(copyContact('replay', record, rewrite)))).toEqual(rewrite)
    },
  )

  it.each(['', 'all', '{}', '"some"', '[1]', '[null]'])('asks for nothing with the header %j', (header) => {
    expect(rewriteOf(withHeader(record, 'zendesk-activation.rewrite', header))).toBeNull()
  })
})

function withHeader(copy: SourceRecord, name: string, value: string): SourceRecord {
  return { ...copy, headers: { ...copy.headers, [name]: Buffer.from(value) } }
}
