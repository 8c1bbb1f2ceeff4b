import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Audience, deriveStatuses, isActive, nextStatusChangeMs } from '../../../src/domain/audience.ts'
import type { Membership } from '../../../src/domain/membership.ts'
import type { Person } from '../../../src/domain/person.ts'

const words = { realized: 'in', exited: 'out' }
const base: Audience = {
  namespace: 'ups',
  segmentId: 'vip',
  mappingId: 'VIP',
  startMs: null,
  endMs: null,
  retired: false,
}

function member(overrides: Partial<Membership> = {}): Membership {
  return {
    namespace: 'ups',
    segmentId: 'vip',
    status: 'realized',
    validUntilMs: null,
    version: { timeMs: 40, rank: 1, offset: 0 },
    ...overrides,
  }
}

function personWith(...memberships: Membership[]): Person {
  return { profile: null, memberships, erasedAtMs: null }
}

describe('an audience', () => {
  it.each([
    ['without dates is always active', null, null, 0, true],
    ['is not active before its start', 100, null, 99, false],
    ['is active at its start', 100, null, 100, true],
    ['is active before its end', null, 200, 199, true],
    ['is not active at its end', null, 200, 200, false],
    ['is active between the two', 100, 200, 150, true],
    ['is not active after both', 100, 200, 201, false],
    ['with a start date of the epoch has one', 0, null, -1, false],
  ])('%s', (_claim, startMs, endMs, nowMs, expected) => {
    expect(isActive({ ...base, startMs, endMs }, nowMs)).toBe(expected)
  })
})

describe('a status', () => {
  it.each<[string, Membership, Partial<Audience>, number, string | null | undefined]>([
    ['is the word for realized', member(), {}, 50, 'in'],
    ['is the word for exited', member({ status: 'exited' }), {}, 50, 'out'],
    ['is realized until the membership runs out', member({ validUntilMs: 60 }), {}, 59, 'in'],
    ['is exited from the moment it runs out', member({ validUntilMs: 60 }), {}, 60, 'out'],
    [
      'stays exited when an exited membership runs out',
      member({ status: 'exited', validUntilMs: 60 }),
      {},
      61,
      'out',
    ],
    ['does not exist before the start', member(), { startMs: 51 }, 50, undefined],
    ['exists at the start', member(), { startMs: 50 }, 50, 'in'],
    ['does not exist from the end on', member(), { endMs: 50 }, 50, undefined],
    ['is cleared where the audience is retired', member(), { retired: true }, 50, null],
    ['is cleared after the end too', member(), { retired: true, endMs: 50 }, 50, null],
    ['is cleared before the start too', member(), { retired: true, startMs: 51 }, 50, null],
    ['does not exist for another segment', member({ segmentId: 'x' }), {}, 50, undefined],
    ['does not exist for the segment of another namespace', member({ namespace: 'aam' }), {}, 50, undefined],
  ])('%s', (_claim, membership, audience, nowMs, word) => {
    const statuses = deriveStatuses(personWith(membership), [{ ...base, ...audience }], words, nowMs)
    expect(statuses).toStrictEqual(
      word === undefined ? [] : [{ field: 'custom_fields.VIP', word, timeMs: 40 }],
    )
  })

  it('does not exist without a membership: missing is not exited', () => {
    expect(deriveStatuses(personWith(), [base], words, 50)).toStrictEqual([])
  })

  it('is derived for each audience on its own, unmapped memberships ignored', () => {
    const other = { ...base, segmentId: 'churn', mappingId: 'Churn' }
    const person = personWith(
      member({ segmentId: 'churn', status: 'exited' }),
      member({ segmentId: 'unmapped' }),
      member(),
    )
    expect(
      deriveStatuses(person, [base, other], words, 50).map(({ field, word }) => [field, word]),
    ).toStrictEqual([
      ['custom_fields.VIP', 'in'],
      ['custom_fields.Churn', 'out'],
    ])
  })
})

describe('the statuses of any person', () => {
  const time = fc.oneof(fc.integer({ min: -2, max: 12 }), fc.constantFrom(-8.64e15, 8.64e15))
  const segment = fc.record({
    namespace: fc.constantFrom('ups', 'aam', '__proto__', 'constructor'),
    segmentId: fc.constantFrom('a', 'b', '__proto__', 'toString'),
  })
  const idOf = (one: { namespace: string; segmentId: string }): string => `${one.namespace}/${one.segmentId}`
  const memberships = fc.uniqueArray(
    fc
      .tuple(
        segment,
        fc.record({
          status: fc.constantFrom<Membership['status']>('realized', 'exited'),
          validUntilMs: fc.option(time),
          version: fc.record({ timeMs: time, rank: fc.nat(1), offset: fc.nat(3) }),
        }),
      )
      .map(([one, state]) => ({ ...one, ...state })),
    { selector: idOf, maxLength: 6 },
  )
  const audiences = fc.uniqueArray(
    fc
      .tuple(segment, fc.option(time), fc.option(time), fc.boolean())
      .map(([one, startMs, endMs, retired]) => ({ ...one, mappingId: idOf(one), startMs, endMs, retired })),
    { selector: idOf, maxLength: 6 },
  )

  it('are one of the two words, or nothing, for each active or retired audience of which something is known, without fail', () => {
    fc.assert(
      fc.property(memberships, audiences, fc.option(time), time, (known, all, erasedAtMs, nowMs) => {
        const person: Person = { profile: null, memberships: known, erasedAtMs }
        const statuses = deriveStatuses(person, all, words, nowMs)
        const spokenOf = all.filter(
          (audience) =>
            isActive(audience, nowMs) &&
            (erasedAtMs !== null || known.some((one) => idOf(one) === idOf(audience))),
        )
        expect(statuses.map(({ field }) => field)).toStrictEqual(
          spokenOf.map((audience) => `custom_fields.${idOf(audience)}`),
        )
        for (const { field, word, timeMs } of statuses) {
          const membership = known.find((one) => `custom_fields.${idOf(one)}` === field)
          const isIn =
            membership?.status === 'realized' &&
            (membership.validUntilMs === null || membership.validUntilMs > nowMs)
          const isRetired = all.find((audience) => `custom_fields.${idOf(audience)}` === field)?.retired
          expect({ word, timeMs }).toStrictEqual({
            word: isRetired === true ? null : isIn ? 'in' : 'out',
            timeMs: membership?.version.timeMs ?? erasedAtMs,
          })
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the next change without an event', () => {
  it.each<[string, Membership[], Partial<Audience>, number | null]>([
    ['is none for a lasting membership', [member()], {}, null],
    ['is the end of the membership', [member({ validUntilMs: 60 })], {}, 60],
    ['is the start of the audience', [member()], { startMs: 70 }, 70],
    ['is the end of the audience', [member()], { endMs: 80 }, 80],
    ['is the soonest of them', [member({ validUntilMs: 75 })], { startMs: 70, endMs: 80 }, 70],
    ['is ahead, never now', [member({ validUntilMs: 50 })], { startMs: 49 }, null],
    ['is none without a membership', [], { startMs: 70 }, null],
    [
      'is none for a retired audience',
      [member({ validUntilMs: 60 })],
      { startMs: 70, endMs: 80, retired: true },
      null,
    ],
    ['is none for unmapped memberships', [member({ segmentId: 'x', validUntilMs: 60 })], {}, null],
  ])('%s', (_claim, memberships, audience, expected) => {
    expect(nextStatusChangeMs(personWith(...memberships), [{ ...base, ...audience }], 50)).toBe(expected)
  })

  it('is the start of an audience that an erasure ends', () => {
    const person = { ...personWith(), erasedAtMs: 40 }
    expect(nextStatusChangeMs(person, [{ ...base, startMs: 70 }], 50)).toBe(70)
  })

  it('misses none: until then the statuses are what they are now, and with none ahead they stay', () => {
    const time = fc.option(fc.nat(12))
    const situation = fc.record({
      validUntilMs: time,
      startMs: time,
      endMs: time,
      exited: fc.boolean(),
      retired: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(situation, { minLength: 1, maxLength: 3 }), fc.nat(12), (situations, nowMs) => {
        const audiences = situations.map(({ startMs, endMs, retired }, at) => ({
          ...base,
          segmentId: `s${at}`,
          startMs,
          endMs,
          retired,
        }))
        const person = personWith(
          ...situations.map(({ validUntilMs, exited }, at) =>
            member({ segmentId: `s${at}`, validUntilMs, status: exited ? 'exited' : 'realized' }),
          ),
        )
        const next = nextStatusChangeMs(person, audiences, nowMs)
        expect(next === null || next > nowMs).toBe(true)
        const now = deriveStatuses(person, audiences, words, nowMs)
        for (let timeMs = nowMs; timeMs < (next ?? 20); timeMs += 1) {
          expect(deriveStatuses(person, audiences, words, timeMs)).toStrictEqual(now)
        }
      }),
      { numRuns: 500 },
    )
  })
})
