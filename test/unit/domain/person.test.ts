import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Membership } from '../../../src/domain/membership.ts'
import {
  fold,
  type Person,
  type PersonEvent,
  type Profile,
  unknownPerson,
} from '../../../src/domain/person.ts'
import type { Version } from '../../../src/domain/version.ts'

/** Objects as a decoder makes them, with Object's prototype. */
const plain = { noNullPrototype: true } as const

// Few values on purpose: versions collide, with equal content and with other content.
const version: fc.Arbitrary<Version> = fc.record(
  { timeMs: fc.nat(6), rank: fc.nat(1), offset: fc.nat(2) },
  plain,
)
const profile: fc.Arbitrary<Profile> = fc.record(
  { version, attributes: fc.constantFrom('a', 'b', 'c').map((lastName) => ({ lastName })) },
  plain,
)
const membership: fc.Arbitrary<Membership> = fc.record(
  {
    namespace: fc.constantFrom('ups', 'aam'),
    segmentId: fc.constantFrom('1', '2', '__proto__'),
    status: fc.constantFrom('realized', 'exited'),
    validUntilMs: fc.constantFrom(null, 1, 2),
    version,
  },
  plain,
)
const event: fc.Arbitrary<PersonEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('profile' as const), profile }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('memberships' as const),
      memberships: fc.array(membership, { maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('erasure' as const), erasedAtMs: fc.nat(5) }) },
)
const events = fc.array(event, { maxLength: 12 })
/** Events, and the same in another order with some of them twice. */
const eventsAndReplay = events.chain((all) =>
  fc.tuple(
    fc.constant(all),
    fc
      .subarray(all)
      .chain((again) => fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length })),
  ),
)

function foldAll(all: readonly PersonEvent[], from: Person = unknownPerson): Person {
  return all.reduce(fold, from)
}

function stored(person: Person): Person {
  return JSON.parse(JSON.stringify(person)) as Person
}

/** The reference: everything at once, the last of each component in version order, then what no erasure covers. */
function oracle(all: readonly PersonEvent[]): Person {
  const erasures = all.flatMap((one) => (one.type === 'erasure' ? [one.erasedAtMs] : []))
  const erasedAtMs = erasures.length === 0 ? null : Math.max(...erasures)
  const digits = (number: number): string => String(number).padStart(3, '0')
  const rank = ({ version: v }: { version: Version }, content: string): string =>
    [digits(v.timeMs), digits(v.rank), digits(v.offset), content].join('/')
  const groups = new Map<string, { order: string; value: Profile | Membership }[]>()
  const add = (group: string, order: string, value: Profile | Membership): void => {
    groups.set(group, [...(groups.get(group) ?? []), { order, value }])
  }
  for (const one of all) {
    if (one.type === 'profile')
      add('profile', rank(one.profile, JSON.stringify(one.profile.attributes['lastName'])), one.profile)
    if (one.type === 'memberships')
      for (const m of one.memberships)
        add(`${m.namespace}/${m.segmentId}`, rank(m, `${m.status}/${String(m.validUntilMs)}`), m)
  }
  const newest = new Map(
    [...groups].map(([group, claims]) => [
      group,
      claims.reduce((best, claim) => (claim.order > best.order ? claim : best)).value,
    ]),
  )
  const alive = [...newest].filter(([, { version: v }]) => erasedAtMs === null || v.timeMs > erasedAtMs)
  return {
    profile: (alive.find(([group]) => group === 'profile')?.[1] as Profile | undefined) ?? null,
    memberships: alive
      .filter(([group]) => group !== 'profile')
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, value]) => value as Membership),
    erasedAtMs,
  }
}

function profileAt(timeMs: number, lastName: string, offset = 0): PersonEvent {
  return { type: 'profile', profile: { version: { timeMs, rank: 1, offset }, attributes: { lastName } } }
}

function membershipAt(timeMs: number, status: Membership['status'], segmentId = 'vip'): PersonEvent {
  const one = {
    namespace: 'ups',
    segmentId,
    status,
    validUntilMs: null,
    version: { timeMs, rank: 1, offset: 0 },
  }
  return { type: 'memberships', memberships: [one] }
}

describe('the fold of any events', () => {
  it('gives one person in any order and with any repetition', () => {
    fc.assert(
      fc.property(eventsAndReplay, ([all, replay]) => {
        expect(foldAll(replay)).toStrictEqual(foldAll(all))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives the person of the reference', () => {
    fc.assert(
      fc.property(events, (all) => {
        expect(foldAll(all)).toStrictEqual(oracle(all))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives one person however the events are cut into batches with a stored person in between', () => {
    fc.assert(
      fc.property(events, fc.nat(12), (all, cut) => {
        expect(foldAll(all.slice(cut), stored(foldAll(all.slice(0, cut))))).toStrictEqual(foldAll(all))
      }),
    )
  })

  it('does not depend on which memberships came in one record', () => {
    const single = (one: PersonEvent): PersonEvent[] =>
      one.type === 'memberships'
        ? one.memberships.map((m) => ({ type: 'memberships', memberships: [m] }))
        : [one]
    fc.assert(
      fc.property(events, (all) => {
        expect(foldAll(all.flatMap(single))).toStrictEqual(foldAll(all))
      }),
    )
  })

  it('returns the very person where a replay of any suffix changes nothing, so that nothing is stored or sent', () => {
    fc.assert(
      fc.property(events, fc.nat(12), (all, from) => {
        const person = foldAll(all)
        expect(foldAll(all.slice(from), person)).toBe(person)
      }),
    )
  })

  it('changes no person in place', () => {
    fc.assert(
      fc.property(events, event, (all, next) => {
        const person = foldAll(all)
        const before = stored(person)
        fold(person, next)
        expect(person).toStrictEqual(before)
      }),
    )
  })
})

describe('last writer wins per component', () => {
  it('keeps the newer profile when the older one comes late', () => {
    expect(foldAll([profileAt(2, 'new'), profileAt(1, 'old')]).profile?.attributes).toStrictEqual({
      lastName: 'new',
    })
  })

  it('replaces the attributes whole: what the newer profile lacks is gone', () => {
    const older: PersonEvent = {
      type: 'profile',
      profile: { version: { timeMs: 1, rank: 1, offset: 0 }, attributes: { lastName: 'a', phone: '1' } },
    }
    expect(foldAll([older, profileAt(2, 'b')]).profile?.attributes).toStrictEqual({ lastName: 'b' })
  })

  it('lets no newer profile touch a membership, and no newer membership a profile', () => {
    const person = foldAll([
      membershipAt(1, 'realized'),
      profileAt(9, 'x'),
      membershipAt(12, 'exited', 'other'),
    ])
    expect(person.memberships.map(({ segmentId, status }) => [segmentId, status])).toStrictEqual([
      ['other', 'exited'],
      ['vip', 'realized'],
    ])
    expect(person.profile?.version.timeMs).toBe(9)
  })

  it('leaves a membership that a newer record does not name: missing is not exited', () => {
    const person = foldAll([membershipAt(1, 'realized'), { type: 'memberships', memberships: [] }])
    expect(person.memberships.map(({ status }) => status)).toStrictEqual(['realized'])
  })

  it('keeps one segment id apart in two namespaces', () => {
    const [a, b] = ['aam', 'ups'].map((namespace): Membership => ({
      namespace,
      segmentId: 's',
      status: 'realized',
      validUntilMs: null,
      version: { timeMs: 1, rank: 1, offset: 0 },
    }))
    const memberships = [a, b].filter((one) => one !== undefined)
    expect(fold(unknownPerson, { type: 'memberships', memberships }).memberships).toHaveLength(2)
  })

  it('has one winner where two contents share a version, whichever arrives first', () => {
    const [one, other] = [profileAt(1, 'a', 5), profileAt(1, 'b', 5)]
    expect(foldAll([one, other])).toStrictEqual(foldAll([other, one]))
    const [realized, exited] = [membershipAt(1, 'realized'), membershipAt(1, 'exited')]
    expect(foldAll([realized, exited])).toStrictEqual(foldAll([exited, realized]))
  })
})

describe('an erasure', () => {
  const before = [profileAt(5, 'gone'), membershipAt(4, 'realized')]
  const erasure: PersonEvent = { type: 'erasure', erasedAtMs: 5 }
  const erased: Person = { profile: null, memberships: [], erasedAtMs: 5 }

  it('forgets all that is not newer, its own time included', () => {
    expect(foldAll([...before, erasure])).toStrictEqual(erased)
  })

  it('holds under a replay of everything before it', () => {
    expect(foldAll([...before, erasure, ...before])).toStrictEqual(erased)
    expect(foldAll([erasure, ...before])).toStrictEqual(erased)
  })

  it('lets in what is newer, and keeps it when the erasure itself is replayed', () => {
    const after = [profileAt(6, 'back'), membershipAt(6, 'exited')]
    const person = foldAll([...before, erasure, ...after, ...before, erasure])
    expect(person.profile?.attributes).toStrictEqual({ lastName: 'back' })
    expect(person.memberships.map(({ status }) => status)).toStrictEqual(['exited'])
  })

  it('is not undone by an older one', () => {
    expect(foldAll([erasure, { type: 'erasure', erasedAtMs: 3 }, profileAt(4, 'x')])).toStrictEqual(erased)
  })

  it('leaves nothing behind that it covers, whatever the events and their order', () => {
    fc.assert(
      fc.property(events, fc.nat(5), (all, erasedAtMs) => {
        const person = foldAll(all, fold(unknownPerson, { type: 'erasure', erasedAtMs }))
        expect(person.profile === null || person.profile.version.timeMs > erasedAtMs).toBe(true)
        expect(person.memberships.every((one) => one.version.timeMs > erasedAtMs)).toBe(true)
      }),
    )
  })
})
