import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type Claims,
  contactCauses,
  type DesiredContact,
  mergeContacts,
} from '../../../src/domain/contact.ts'
import { type LedgerEntry, recordWrite } from '../../../src/domain/ledger.ts'
import { planWrite } from '../../../src/domain/plan.ts'
import type { FieldValues } from '../../../src/domain/sell-fields.ts'
import {
  mergePending,
  moreUrgent,
  statusFields,
  urgencies,
  type Urgency,
  urgencyAfterFailure,
  urgencyOf,
} from '../../../src/domain/urgency.ts'

const always = { startMs: null, endMs: null, retired: false }
const statuses = statusFields(
  [
    { namespace: 'ups', segmentId: 'vip', mappingId: 'VIP', ...always },
    { namespace: 'ups', segmentId: 'churn', mappingId: 'Churn', ...always },
  ],
  { realized: 'in', exited: 'out' },
)
const digest = (text: string): string => text

function contact(fields: FieldValues, more: Partial<DesiredContact> = {}): DesiredContact {
  const claims = Object.entries(fields).map(([name, value]) => [name, { value, timeMs: 5 }] as const)
  const rest = { email: 'a@x.com', personKey: 'p', state: 'active', revision: 1, cause: 'change' } as const
  return { ...rest, fields: Object.fromEntries(claims), ...more }
}

/** The ledger after all of `desired` was written. */
function written(desired: DesiredContact): LedgerEntry {
  const plan = planWrite(desired, null, digest)
  if (plan.type === 'none' || plan.type === 'look') throw new Error('nothing is to be written')
  return recordWrite(desired, plan, 7, null, digest, 0)
}

describe('the urgency of a contact', () => {
  it.each<[string, Partial<DesiredContact>, FieldValues, Urgency]>([
    ['a title', {}, { title: 'Dr' }, 'attribute'],
    [
      'a custom field that is no audience, whatever it says',
      {},
      { 'custom_fields.Tier': 'out' },
      'attribute',
    ],
    ['a status that is neither word', {}, { 'custom_fields.VIP': 'maybe' }, 'attribute'],
    ['a status that is cleared', {}, { 'custom_fields.VIP': null }, 'attribute'],
    ['an entry', {}, { 'custom_fields.VIP': 'in' }, 'entry'],
    ['an entry beside other changes', {}, { last_name: 'in', 'custom_fields.VIP': 'in' }, 'entry'],
    ['an exit', {}, { 'custom_fields.VIP': 'out' }, 'exit'],
    ['an exit beside an entry', {}, { 'custom_fields.Churn': 'in', 'custom_fields.VIP': 'out' }, 'exit'],
    ['the end of a contact', { state: 'released' }, { 'custom_fields.Tier': 'x' }, 'exit'],
    ['an erasure', { state: 'released', cause: 'erasure' }, { 'custom_fields.VIP': 'out' }, 'erasure'],
    ['an exit that other rules make', { cause: 'backfill' }, { 'custom_fields.VIP': 'out' }, 'backfill'],
  ])('with %s to be written', (_claim, more, changes, urgency) => {
    expect(urgencyOf(contact({}, more), changes, statuses)).toBe(urgency)
  })

  it('is that of its most urgent change: one more change never makes it less urgent', () => {
    const change = fc.dictionary(
      fc.constantFrom('title', 'custom_fields.VIP', 'custom_fields.Churn', 'custom_fields.Tier'),
      fc.constantFrom('in', 'out', 'x'),
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(fc.constantFrom(...contactCauses), change, change, (cause, some, others) => {
        const one = urgencyOf(contact({}, { cause }), some, statuses)
        const both = urgencyOf(contact({}, { cause }), { ...others, ...some }, statuses)
        expect(moreUrgent(one, both)).toBe(both)
      }),
    )
  })

  it('after a failed attempt is a retry, unless people were promised more', () => {
    expect(urgencies.map(urgencyAfterFailure)).toEqual([
      'erasure',
      'exit',
      'retry',
      'retry',
      'retry',
      'retry',
    ])
  })
})

describe('a contact that comes on top of one that waits', () => {
  const old = contact({ last_name: 'Doe' })
  const ledger = written(old)
  const exit = contact({ last_name: 'Doe', 'custom_fields.VIP': 'out' }, { revision: 2 })
  const backfilled = contact({ last_name: 'Doe', title: 'Dr' }, { revision: 2, cause: 'backfill' })

  it.each<[string, DesiredContact, DesiredContact, DesiredContact['cause']]>([
    ['a change makes a backfill urgent', backfilled, { ...exit, revision: 3 }, 'change'],
    [
      'a backfill leaves a change as urgent as it is',
      exit,
      contact(
        { last_name: 'Doe', 'custom_fields.VIP': 'out', title: 'Dr' },
        { revision: 3, cause: 'backfill' },
      ),
      'change',
    ],
    [
      'also one that gives the same field another value',
      contact({ last_name: 'Roe' }, { revision: 2 }),
      contact({ last_name: 'ROE' }, { revision: 3, cause: 'backfill' }),
      'change',
    ],
    [
      'a change leaves an erasure as urgent as it is',
      contact({ 'custom_fields.VIP': 'out' }, { revision: 2, cause: 'erasure', state: 'released' }),
      contact({ last_name: 'Doe' }, { revision: 3 }),
      'erasure',
    ],
    [
      'a record that says the same again does not make a backfill urgent',
      backfilled,
      { ...backfilled, revision: 3, cause: 'change' },
      'backfill',
    ],
    [
      'nor does one that says the same with later times',
      backfilled,
      { ...contact({ last_name: 'Doe', title: 'Dr' }, { revision: 3 }), fields: later(backfilled.fields) },
      'backfill',
    ],
    [
      'an out-of-date record changes nothing',
      exit,
      contact({ title: 'x' }, { revision: 1, cause: 'backfill' }),
      'change',
    ],
  ])('%s', (_claim, known, incoming, cause) => {
    expect(mergePending(known, incoming, ledger, digest).cause).toBe(cause)
  })

  it('has its own cause where what was known is written', () => {
    const incoming = { ...backfilled, revision: 3 }
    expect(mergePending(exit, incoming, written(mergeContacts(old, exit)), digest).cause).toBe('backfill')
  })

  it('differs in nothing but its cause from one that is merged without knowing the ledger', () => {
    const claims = fc.dictionary(
      fc.constantFrom('title', 'custom_fields.VIP'),
      fc.record({ value: fc.constantFrom('in', 'out'), timeMs: fc.nat(3) }),
      { noNullPrototype: true },
    )
    const any = fc
      .record({
        fields: claims,
        cause: fc.constantFrom(...contactCauses),
        revision: fc.nat(3),
        personKey: fc.constantFrom('p', 'q'),
        state: fc.constantFrom('active' as const, 'released' as const),
      })
      .map((more) => contact({}, more))
    fc.assert(
      fc.property(any, any, fc.boolean(), (known, incoming, isWritten) => {
        const entry =
          isWritten && Object.keys(known.fields).length > 0 ? written({ ...known, state: 'active' }) : null
        const { cause, ...merged } = mergePending(known, incoming, entry, digest)
        const { cause: other, ...expected } = mergeContacts(known, incoming)
        expect(merged).toEqual(expected)
        expect([known.cause, other]).toContain(cause)
      }),
    )
  })
})

function later(claims: Claims): Claims {
  return Object.fromEntries(
    Object.entries(claims).map(([name, { value, timeMs }]) => [name, { value, timeMs: timeMs + 1 }]),
  )
}
