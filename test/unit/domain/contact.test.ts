import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Audience } from '../../../src/domain/audience.ts'
import {
  type Claims,
  type ContactRules,
  deriveContact,
  type ContactDraft,
  type DesiredContact,
  mergeContacts,
  releaseContact,
} from '../../../src/domain/contact.ts'
import type { Json, JsonObject } from '../../../src/domain/json.ts'
import { createMapper, type FieldMapping } from '../../../src/domain/mapping.ts'
import type { Membership } from '../../../src/domain/membership.ts'
import { type Person, unknownPerson } from '../../../src/domain/person.ts'
import type { FieldValue } from '../../../src/domain/sell-fields.ts'

const vip: Audience = {
  namespace: 'ups',
  segmentId: 'vip',
  mappingId: 'VIP',
  startMs: null,
  endMs: null,
  retired: false,
}
const churn: Audience = { ...vip, segmentId: 'churn', mappingId: 'Churn' }
const vipField = 'custom_fields.VIP'
const churnField = 'custom_fields.Churn'

function row(target: string, source: string): FieldMapping {
  return { target, source, transforms: [] }
}

const rules: ContactRules = {
  identityNamespace: 'Email',
  map: createMapper([row('last_name', 'name'), row('email', 'mail'), row('title', 'title')]),
  audiences: [vip, churn],
  statusWords: { realized: 'in', exited: 'out' },
}

function profileOf(email: string, more: JsonObject = {}): JsonObject {
  return { name: 'Doe', identityMap: { Email: [{ id: email }] }, ...more }
}

function membership(
  timeMs: number,
  status: Membership['status'],
  more: Partial<Membership> = {},
): Membership {
  return {
    namespace: 'ups',
    segmentId: 'vip',
    status,
    validUntilMs: null,
    version: { timeMs, rank: 1, offset: 0 },
    ...more,
  }
}

function person(attributes: JsonObject | null, ...memberships: Membership[]): Person {
  const profile = attributes === null ? null : { version: { timeMs: 10, rank: 1, offset: 0 }, attributes }
  return { profile, memberships, erasedAtMs: null }
}

function draft(fields: Claims, more: Partial<ContactDraft> = {}): ContactDraft {
  return { email: 'a@x.com', personKey: 'p1', state: 'active', fields, ...more }
}

function contact(fields: Claims, more: Partial<DesiredContact> = {}): DesiredContact {
  return { ...draft(fields), revision: 1, cause: 'change', ...more }
}

describe('a contact', () => {
  it('has the mapped fields at the time of the profile and the statuses at the times of the memberships', () => {
    const known = person(profileOf(' A@X.com', { title: {} }), membership(7, 'realized'))
    expect(deriveContact('p1', known, rules, 50)).toStrictEqual({
      type: 'contact',
      contact: draft({ last_name: { value: 'Doe', timeMs: 10 }, [vipField]: { value: 'in', timeMs: 7 } }),
      unusable: [{ target: 'title', misfit: 'no_text' }],
    })
  })

  it.each<[string, Json]>([
    ['another address', 'b@x.com'],
    ['another spelling', ' A@X.COM '],
  ])('has the e-mail that is its key where the mapping would write %s', (_claim, mail) => {
    const derived = deriveContact('p1', person(profileOf('a@x.com', { mail })), rules, 50)
    expect(derived.type === 'contact' && derived.contact.fields['email']).toStrictEqual({
      value: 'a@x.com',
      timeMs: 10,
    })
  })

  it('claims no e-mail that the mapping does not write', () => {
    const derived = deriveContact('p1', person(profileOf('a@x.com')), rules, 50)
    expect(derived.type === 'contact' && Object.keys(derived.contact.fields)).toStrictEqual(['last_name'])
  })

  it.each<[string, JsonObject | null, string]>([
    ['no profile', null, 'no_profile'],
    ['no identity', { name: 'Doe' }, 'no_email'],
    ['no valid e-mail', profileOf('none'), 'no_email'],
    ['neither e-mail nor last name', {}, 'no_email'],
    ['no last name', { ...profileOf('a@x.com'), name: '' }, 'no_last_name'],
    ['a last name of spaces', { ...profileOf('a@x.com'), name: '  ' }, 'no_last_name'],
    ['a last name that is no text', { ...profileOf('a@x.com'), name: ['Doe'] }, 'no_last_name'],
  ])('does not exist with %s: the person is excluded', (_claim, attributes, reason) => {
    expect(deriveContact('p1', person(attributes, membership(1, 'realized')), rules, 50)).toStrictEqual({
      type: 'excluded',
      reason,
    })
  })
})

describe('an out-of-date record of the same person', () => {
  it.each<[string, Partial<DesiredContact>]>([
    ['the exit that came after it', { state: 'active' }],
    ['the release that came after it', { state: 'released' }],
  ])('changes nothing of %s, at whatever times', (_claim, state) => {
    const known = contact({ [vipField]: { value: 'out', timeMs: 5 } }, { revision: 7, ...state })
    const stale = contact({ [vipField]: { value: 'in', timeMs: 9 } }, { revision: 6 })
    expect(mergeContacts(known, stale)).toStrictEqual(known)
  })

  it('is merged where it is another person', () => {
    const known = contact({ [vipField]: { value: 'out', timeMs: 5 } }, { revision: 7 })
    const other = contact({ [vipField]: { value: 'in', timeMs: 9 } }, { revision: 6, personKey: 'p2' })
    expect(mergeContacts(known, other).fields[vipField]).toStrictEqual({ value: 'in', timeMs: 9 })
  })
})

describe('a release', () => {
  it('exits every active audience at the time of the membership it ends, and says nothing else', () => {
    const known = person(
      profileOf('b@x.com'),
      membership(4, 'realized'),
      membership(6, 'exited', { segmentId: 'churn' }),
    )
    expect(releaseContact('a@x.com', 'p1', known, rules, 50)).toStrictEqual(
      draft(
        { [vipField]: { value: 'out', timeMs: 4 }, [churnField]: { value: 'out', timeMs: 6 } },
        { state: 'released' },
      ),
    )
  })

  it('leaves alone an audience of which nothing is known', () => {
    expect(
      releaseContact('a@x.com', 'p1', person(null, membership(4, 'realized')), rules, 50).fields,
    ).toStrictEqual({
      [vipField]: { value: 'out', timeMs: 4 },
    })
  })

  it('of an erased person exits every active audience at the time of the erasure', () => {
    const erased: Person = { ...unknownPerson, erasedAtMs: 9 }
    expect(releaseContact('a@x.com', 'p1', erased, rules, 50).fields).toStrictEqual({
      [vipField]: { value: 'out', timeMs: 9 },
      [churnField]: { value: 'out', timeMs: 9 },
    })
  })

  it.each([
    ['that has not begun', { startMs: 51 }],
    ['that is over', { endMs: 50 }],
  ])('leaves alone an audience %s', (_claim, dates) => {
    const dated = { ...rules, audiences: [{ ...vip, ...dates }] }
    expect(
      releaseContact('a@x.com', 'p1', person(null, membership(4, 'realized')), dated, 50).fields,
    ).toStrictEqual({})
  })
})

describe('merging contacts of one e-mail', () => {
  it('takes the later claim of each field, whichever contact it came in', () => {
    const known = contact({ title: { value: 'new', timeMs: 5 }, phone: { value: 'old', timeMs: 1 } })
    const incoming = contact({ title: { value: 'old', timeMs: 4 }, phone: { value: 'new', timeMs: 2 } })
    expect(mergeContacts(known, incoming).fields).toStrictEqual({
      title: { value: 'new', timeMs: 5 },
      phone: { value: 'new', timeMs: 2 },
    })
  })

  it('takes the incoming claim at equal times, as one person says things in order', () => {
    const known = contact({ [vipField]: { value: 'in', timeMs: 5 } })
    const incoming = contact({ [vipField]: { value: 'out', timeMs: 5 } })
    expect(mergeContacts(known, incoming).fields).toStrictEqual(incoming.fields)
  })

  it('keeps the claims that only one of the two has', () => {
    const known = contact({ title: { value: 'a', timeMs: 5 } })
    const incoming = contact({ phone: { value: 'b', timeMs: 1 } })
    expect(mergeContacts(known, incoming).fields).toStrictEqual({ ...known.fields, ...incoming.fields })
  })

  it.each<[string, Partial<DesiredContact>, Partial<DesiredContact>, [string, string]]>([
    ['an update of the same person', {}, {}, ['p1', 'active']],
    ['a release by the same person', {}, { state: 'released' }, ['p1', 'released']],
    ['the return of the same person', { state: 'released' }, {}, ['p1', 'active']],
    ['another person, who takes it over', {}, { personKey: 'p2' }, ['p2', 'active']],
    ['another person after a release', { state: 'released' }, { personKey: 'p2' }, ['p2', 'active']],
    [
      "another person's release, which cannot end this one's contact",
      {},
      { personKey: 'p2', state: 'released' },
      ['p1', 'active'],
    ],
  ])('after %s the owner and state are right', (_claim, known, incoming, expected) => {
    const merged = mergeContacts(contact({}, known), contact({}, incoming))
    expect([merged.personKey, merged.state]).toStrictEqual(expected)
  })

  it.each<[string, Claims, Partial<DesiredContact>, DesiredContact['cause']]>([
    ['what says something new is its own', { phone: { value: 'b', timeMs: 1 } }, {}, 'backfill'],
    ['another value is its own', { title: { value: 'Mr', timeMs: 5 } }, {}, 'backfill'],
    ['a release is its own', {}, { state: 'released' }, 'backfill'],
    ['what says the same again is that of what it repeats', { title: { value: 'Dr', timeMs: 5 } }, {}, 'change'],
    ['what says the same at a later time is that of what it repeats', { title: { value: 'Dr', timeMs: 9 } }, {}, 'change'],
    ['a value that lost against a later one is that of the later one', { title: { value: 'Mr', timeMs: 4 } }, {}, 'change'],
    ["another person's release that ends nothing is that of what stays", {}, { state: 'released', personKey: 'p2' }, 'change'],
  ])('the cause of %s', (_claim, fields, more, cause) => {
    const known = contact({ title: { value: 'Dr', timeMs: 5 } })
    const incoming = contact(fields, { ...more, revision: 2, cause: 'backfill' })
    expect(mergeContacts(known, incoming).cause).toBe(cause)
  }) // prettier-ignore

  it.each<[string, FieldValue, FieldValue, DesiredContact['cause']]>([
    ['the same list again', ['a', 'b'], ['a', 'b'], 'change'],
    ['another list', ['a', 'b'], ['a'], 'backfill'],
    ['the same address again', { city: 'Bonn' }, { city: 'Bonn' }, 'change'],
    ['another address', { city: 'Bonn' }, { line1: 'Bonn' }, 'backfill'],
    ['a list in place of nothing', null, ['a'], 'backfill'],
  ])('tells %s by what it holds', (_claim, before, after, cause) => {
    const known = contact({ 'custom_fields.x': { value: before, timeMs: 5 } })
    const incoming = contact(
      { 'custom_fields.x': { value: after, timeMs: 5 } },
      { revision: 2, cause: 'backfill' },
    )
    expect(mergeContacts(known, incoming).cause).toBe(cause)
  })

  it('gives the same fields in any order and grouping, where no two claims of a field share a time', () => {
    const times = fc.uniqueArray(fc.nat(50), { minLength: 6, maxLength: 6 })
    const values = fc.array(fc.constantFrom<FieldValue>('x', 'y', 1, false, null), {
      minLength: 6,
      maxLength: 6,
    })
    fc.assert(
      fc.property(times, values, (timesMs, fieldValues) => {
        const claim = (at: number) => ({ value: fieldValues[at] ?? null, timeMs: timesMs[at] ?? 0 })
        const [a, b, c] = [
          contact({ title: claim(0), phone: claim(1) }),
          contact({ title: claim(2), fax: claim(3) }),
          contact({ title: claim(4), phone: claim(5) }),
        ] as [DesiredContact, DesiredContact, DesiredContact]
        const reference = mergeContacts(mergeContacts(a, b), c).fields
        expect(mergeContacts(a, mergeContacts(b, c)).fields).toStrictEqual(reference)
        expect(mergeContacts(mergeContacts(c, b), a).fields).toStrictEqual(reference)
        expect(mergeContacts(mergeContacts(b, a), mergeContacts(a, c)).fields).toStrictEqual(reference)
      }),
    )
  })
})
