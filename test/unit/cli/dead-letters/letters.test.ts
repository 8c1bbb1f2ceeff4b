import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { matches } from '../../../../src/cli/dead-letters/filter.ts'
import { createPartJoiner } from '../../../../src/cli/dead-letters/join-parts.ts'
import { type Letter, readLetter, subjectOf } from '../../../../src/cli/dead-letters/letter.ts'
import { redriveOf } from '../../../../src/cli/dead-letters/redrive.ts'
import { createLetterSummary } from '../../../../src/cli/dead-letters/summary.ts'
import { internalTopics } from '../../../../src/config/topics.ts'
import { originOf, rewriteOf } from '../../../../src/domain/copy.ts'
import type { DeadLetterReason, OutputRecord, SourceRecord } from '../../../../src/domain/record.ts'
import { deadLetterRecord } from '../../../../src/kafka/dead-letter.ts'
import { letterParts } from '../../../../src/kafka/letter-parts.ts'

const topics = internalTopics('za')
const failedAtMs = Date.parse('2026-03-01T10:20:30Z')
const reason: DeadLetterReason = {
  disposition: 'poison',
  stage: 'decode',
  errorClass: 'corrupt',
  detail: 'a block is too long',
}
const source: SourceRecord = {
  topic: 'profiles',
  partition: 3,
  offset: 41,
  timestampMs: 1_700_000_000_000,
  key: Buffer.from('p1'),
  value: Buffer.from([0, 1, 2]),
  headers: { trace: Buffer.from([9]) },
}
const origin = { topic: topics.deadLetter, applicationId: 'za', failedAtMs }

function asRead({ topic, key, value, headers }: OutputRecord, offset: number, partition = 1): SourceRecord {
  const entries = Object.entries(headers ?? {}).map(([name, text]) => [name, Buffer.from(text)] as const)
  const bytes = key === null ? null : Buffer.from(key)
  return {
    topic,
    partition,
    offset,
    timestampMs: failedAtMs,
    key: bytes,
    value,
    headers: Object.fromEntries(entries),
  }
}

function letterOf(record: Parameters<typeof deadLetterRecord>[0], why = reason, offset = 7): Letter {
  const letter = readLetter(asRead(deadLetterRecord(record, why, origin), offset))
  if (letter === null) throw new Error('it is no letter')
  return letter
}

const contactLetter = (value: string, offset = 7) =>
  letterOf(
    { key: Buffer.from('jane@example.com'), value: Buffer.from(value) },
    { ...reason, disposition: 'rejected', stage: 'deliver', errorClass: 'incorrect_value' },
    offset,
  )

describe('a dead letter', () => {
  it('is read as what it was made of', () => {
    expect(letterOf(source)).toStrictEqual({
      ...reason,
      partition: 1,
      offset: 7,
      failedAtMs,
      source: { topic: 'profiles', partition: 3, offset: 41, timestampMs: source.timestampMs },
      key: source.key,
      value: source.value,
      headers: { trace: Buffer.from([9]) },
      isWhole: true,
    })
  })

  it('is none without our headers', () => {
    expect(readLetter({ ...source, topic: topics.deadLetter })).toBeNull()
  })

  it('is of its record, or of the content of its contact, whenever it was written', () => {
    expect(subjectOf(letterOf(source))).toBe('profiles/3/41')
    expect(subjectOf(contactLetter('a', 8))).toBe(subjectOf(contactLetter('a', 9)))
    expect(subjectOf(contactLetter('a'))).not.toBe(subjectOf(contactLetter('b')))
    expect(subjectOf(contactLetter('a'))).not.toContain('jane')
  })

  it('that came in parts is put together, in whatever order they come', () => {
    const property = fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 20_000 }),
      fc.integer({ min: 4000, max: 6000 }),
      fc.infiniteStream(fc.nat()),
      (value, maxBytes, order) => {
        const parts = letterParts(deadLetterRecord({ ...source, key: null, value }, reason, origin), maxBytes)
        const shuffled = parts
          .map((part, index) => ({ part, index, at: Number(order.next().value) }))
          .sort((a, b) => a.at - b.at)
        const joiner = createPartJoiner()
        const whole = shuffled.flatMap(({ part, index }) => joiner.add(asRead(part, index)) ?? [])
        const letters = whole.map(readLetter)
        expect(letters.map((letter) => letter?.isWhole)).toStrictEqual([true])
        expect(Buffer.compare(letters[0]?.value ?? Buffer.alloc(0), value)).toBe(0)
        expect(joiner.incomplete()).toBe(0)
      },
    )
    fc.assert(property, { numRuns: 50 })
  })

  it('of which a part is missing is counted as such', () => {
    const value = new Uint8Array(10_000)
    const [, ...rest] = letterParts(deadLetterRecord({ ...source, value }, reason, origin), 5000)
    const joiner = createPartJoiner()
    expect(rest.length).toBeGreaterThan(1)
    expect(rest.flatMap((part, index) => joiner.add(asRead(part, index)) ?? [])).toStrictEqual([])
    expect(joiner.incomplete()).toBe(1)
  })
})

describe('sending a letter once more', () => {
  it('makes a copy of the record, for the stage that read it', () => {
    const redriven = redriveOf(letterOf(source), ['profiles'], topics)
    if (redriven.type !== 'copy') throw new Error(redriven.reason)
    expect([redriven.record.topic, redriven.record.partition]).toStrictEqual([topics.assembleReplay, 3])
    expect(originOf(asRead(redriven.record, 0, 3))).toStrictEqual(source)
  })

  it('makes a copy of the contact, in the partition of its e-mail, that forgets the refusal', () => {
    const redriven = redriveOf(contactLetter('a'), ['profiles'], topics)
    if (redriven.type !== 'copy') throw new Error(redriven.reason)
    const { record } = redriven
    expect([record.topic, record.partition]).toStrictEqual([topics.deliverReplay, undefined])
    expect(rewriteOf(asRead(record, 0))).toBe('refused')
  })

  it('is refused where there is nothing to copy', () => {
    const refusalOf = (letter: Letter, inputs = ['profiles']) => redriveOf(letter, inputs, topics)
    const whole = letterOf(source)
    expect(refusalOf({ ...whole, isWhole: false })).toMatchObject({ reason: 'incomplete' })
    expect(refusalOf(whole, ['others'])).toMatchObject({ reason: 'no-source' })
    const undated = { topic: 'profiles', partition: 3, offset: 41, timestampMs: null }
    expect(refusalOf({ ...whole, source: undated })).toMatchObject({ reason: 'no-source' })
  })
})

describe('a filter', () => {
  const all = {
    disposition: null,
    errorClass: null,
    sourceTopic: null,
    sinceMs: null,
    untilMs: null,
    place: null,
  }
  it.each([
    [{}, true],
    [{ disposition: 'poison' }, true],
    [{ disposition: 'rejected' }, false],
    [{ errorClass: 'other' }, false],
    [{ sourceTopic: 'profiles' }, true],
    [{ sourceTopic: 'others' }, false],
    [{ sinceMs: failedAtMs, untilMs: failedAtMs + 1 }, true],
    [{ sinceMs: failedAtMs + 1 }, false],
    [{ untilMs: failedAtMs }, false],
    [{ place: { partition: 1, offset: 7 } }, true],
    [{ place: { partition: 7, offset: 1 } }, false],
  ])('%j: %s', (filter, expected) => {
    expect(matches(letterOf(source), { ...all, ...filter })).toBe(expected)
  })
})

describe('a summary', () => {
  const at = (time: string): Letter => ({ ...letterOf(source), failedAtMs: Date.parse(time) })

  it('counts by kind, the most frequent first, with what the newest says', () => {
    const summary = createLetterSummary()
    summary.add(contactLetter('a'))
    summary.add({ ...at('2026-03-01T10:00:00Z'), detail: 'newest' })
    summary.add({ ...at('2026-03-01T09:00:00Z'), detail: 'older' })
    const kinds = summary
      .kinds()
      .map(({ letters, errorClass, sourceTopic, detail }) => [letters, errorClass, sourceTopic, detail])
    expect(kinds).toStrictEqual([
      [2, 'corrupt', 'profiles', 'newest'],
      [1, 'incorrect_value', null, reason.detail],
    ])
    expect(summary.total()).toBe(3)
  })

  it('shows hours without gaps, days where they are more than two, and sixty of these at most', () => {
    const hours = createLetterSummary()
    for (const time of ['2026-03-01T10:59:00Z', '2026-03-01T10:00:00Z', '2026-03-01T13:30:00Z'])
      hours.add(at(time))
    expect(hours.histogram().bars.map(({ letters }) => letters)).toStrictEqual([2, 0, 0, 1])
    const days = createLetterSummary()
    for (const time of ['2026-02-27T10:59:00Z', '2026-03-01T23:59:00Z']) days.add(at(time))
    const shown = days.histogram().bars.map(({ fromMs }) => new Date(fromMs).toISOString().slice(0, 10))
    expect(shown).toStrictEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
    days.add(at('1970-01-01T00:00:00Z'))
    expect(days.histogram().bars).toHaveLength(60)
    expect(createLetterSummary().histogram().bars).toStrictEqual([])
  })
})
