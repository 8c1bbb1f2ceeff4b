import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type Claims,
  type DesiredContact,
  type FieldClaim,
  mergeContacts,
} from '../../../src/domain/contact.ts'
import { type LedgerEntry, recordMissing, recordRejection, recordWrite } from '../../../src/domain/ledger.ts'
import { planWrite, type Write, type WritePlan } from '../../../src/domain/plan.ts'
import { addressOf, type FieldValue, type FieldValues } from '../../../src/domain/sell-fields.ts'

/** A digest without collisions: the guarantees are those of the plan, not of a hash function. */
function digest(text: string): string {
  return text
}

const names = ['title', 'address.city', 'address.line1', 'billing_address.city', 'custom_fields.x']
const value = fc.constantFrom<FieldValue>('a', 'b', '1', 1, true, 'true', null, 'null', ['a'], { city: 'a' })
const claim: fc.Arbitrary<FieldClaim> = fc.record({ value, timeMs: fc.nat(8) })
const claims = fc.dictionary(fc.constantFrom(...names), claim, { maxKeys: 6, noNullPrototype: true })
const desiredContact = fc.record({
  email: fc.constant('a@x.com'),
  personKey: fc.constant('p1'),
  revision: fc.constant(1),
  cause: fc.constant('change' as const),
  state: fc.constantFrom('active' as const, 'released' as const),
  fields: claims,
})
const ledgerEntry: fc.Arbitrary<LedgerEntry> = fc.record({
  email: fc.constant('a@x.com'),
  contactId: fc.option(fc.constant(7)),
  fields: fc.dictionary(
    fc.constantFrom(...names),
    fc.record({ hash: value.map((one) => digest(JSON.stringify(one))), timeMs: fc.nat(8) }),
  ),
  rejected: fc.constant(null),
  writtenAtMs: fc.nat(),
})

function desired(fields: Claims, state: DesiredContact['state'] = 'active'): DesiredContact {
  return { email: 'a@x.com', personKey: 'p1', state, revision: 1, cause: 'change', fields }
}

function at(timeMs: number, fields: Record<string, FieldValue>): Claims {
  return Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, { value: one, timeMs }]))
}

function ledgerOf(fields: Claims, contactId: number | null = 7): LedgerEntry {
  return {
    email: 'a@x.com',
    contactId,
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, one]) => [
        name,
        { hash: digest(JSON.stringify(one.value)), timeMs: one.timeMs },
      ]),
    ),
    rejected: null,
    writtenAtMs: 0,
  }
}

function fieldsOf(plan: WritePlan): FieldValues {
  return 'fields' in plan ? plan.fields : {}
}

function expectWrite(plan: WritePlan): Write {
  if (plan.type === 'none' || plan.type === 'look') throw new Error(`expected a write, got ${plan.type}`)
  return plan
}

describe('the plan of a contact that was never written', () => {
  it('is to create or update it by e-mail with every field', () => {
    const wanted = desired(at(1, { title: 'x', last_name: 'Doe' }))
    expect(planWrite(wanted, null, digest)).toStrictEqual({
      type: 'upsert',
      email: 'a@x.com',
      fields: { last_name: 'Doe', title: 'x' },
      digest: expect.any(String),
    })
  })

  it('is none where nothing is claimed', () => {
    expect(planWrite(desired({}), null, digest)).toStrictEqual({ type: 'none', reason: 'unchanged' })
  })

  it('is none for a released contact, whatever it claims and whatever was written before', () => {
    fc.assert(
      fc.property(claims, fc.option(ledgerEntry), (fields, ledger) => {
        const unknownId = ledger === null ? null : { ...ledger, contactId: null }
        expect(planWrite(desired(fields, 'released'), unknownId, digest)).toStrictEqual({
          type: 'none',
          reason: 'no_contact',
        })
      }),
    )
  })
})

describe('the plan of a known contact', () => {
  it.each<[string, Claims, Claims, FieldValues]>([
    ['nothing where nothing changed', at(1, { title: 'x' }), at(1, { title: 'x' }), {}],
    ['nothing where only the time changed', at(1, { title: 'x' }), at(9, { title: 'x' }), {}],
    [
      'the changed field alone',
      at(1, { title: 'x', phone: '1' }),
      at(2, { title: 'y', phone: '1' }),
      { title: 'y' },
    ],
    ['a field never written', at(1, { title: 'x' }), at(1, { title: 'x', phone: '1' }), { phone: '1' }],
    ['another value at the same time', at(1, { title: 'x' }), at(1, { title: 'y' }), { title: 'y' }],
    ['nothing for an older claim of another value', at(5, { title: 'x' }), at(4, { title: 'y' }), {}],
    ['a cleared field', at(1, { title: 'x' }), at(2, { title: null }), { title: null }],
    ['a number in place of its text', at(1, { title: '1' }), at(2, { title: 1 }), { title: 1 }],
    [
      'the text null in place of nothing',
      at(1, { title: null }),
      at(2, { title: 'null' }),
      { title: 'null' },
    ],
    ['nothing of a field that is claimed no more', at(1, { title: 'x' }), {}, {}],
    [
      'the whole address of a changed part, and no other address',
      at(1, { 'address.city': 'x', 'address.line1': 'l', 'billing_address.city': 'b' }),
      at(2, { 'address.city': 'y', 'address.line1': 'l', 'billing_address.city': 'b' }),
      { 'address.city': 'y', 'address.line1': 'l' },
    ],
    [
      'no address where another field changed',
      at(1, { 'address.city': 'x', title: 'x' }),
      at(2, { 'address.city': 'x', title: 'y' }),
      { title: 'y' },
    ],
    [
      'no older part of an address',
      { ...at(1, { 'address.city': 'x' }), ...at(5, { 'address.line1': 'new' }) },
      at(2, { 'address.city': 'y', 'address.line1': 'old' }),
      { 'address.city': 'y' },
    ],
  ])('is to send %s', (_claim, written, wanted, expected) => {
    const plan = planWrite(desired(wanted), ledgerOf(written), digest)
    expect(fieldsOf(plan)).toStrictEqual(expected)
    expect(plan.type).toBe(Object.keys(expected).length === 0 ? 'none' : 'update')
  })

  it('updates of a released contact, by its id, the custom fields alone', () => {
    const plan = planWrite(
      desired(at(2, { title: 'out', 'custom_fields.VIP': 'exited' }), 'released'),
      ledgerOf(at(2, { title: 'in', 'custom_fields.VIP': 'realized' })),
      digest,
    )
    expect(plan).toMatchObject({ type: 'update', contactId: 7, fields: { 'custom_fields.VIP': 'exited' } })
    expect(fieldsOf(plan)).not.toHaveProperty('title')
  })

  it('never sends a claim older than the written one, known id or not', () => {
    fc.assert(
      fc.property(desiredContact, ledgerEntry, (wanted, ledger) => {
        for (const name of Object.keys(fieldsOf(planWrite(wanted, ledger, digest)))) {
          expect(wanted.fields[name]?.timeMs).toBeGreaterThanOrEqual(ledger.fields[name]?.timeMs ?? 0)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('sends exactly the newer claims that changed, and the claimed rest of their addresses', () => {
    fc.assert(
      fc.property(claims, ledgerEntry, (fields, ledger) => {
        const current = Object.entries(fields).filter(([name, one]) => {
          const written = ledger.fields[name]
          return written === undefined || one.timeMs >= written.timeMs
        })
        const changed = current.filter(
          ([name, one]) => JSON.stringify(one.value) !== ledger.fields[name]?.hash,
        )
        const addresses = changed.map(([name]) => addressOf(name)).filter((address) => address !== undefined)
        const sent = current.filter(
          ([name]) =>
            changed.some(([other]) => other === name) || addresses.includes(addressOf(name) ?? 'none'),
        )
        const plan = planWrite(desired(fields), { ...ledger, contactId: 7 }, digest)
        expect(fieldsOf(plan)).toStrictEqual(Object.fromEntries(sent.map(([name, one]) => [name, one.value])))
      }),
      { numRuns: 500 },
    )
  })
})

describe('a recorded write', () => {
  it('makes a replay of the same contact plan nothing', () => {
    fc.assert(
      fc.property(desiredContact, fc.option(ledgerEntry), (wanted, ledger) => {
        const plan = planWrite(wanted, ledger, digest)
        fc.pre(plan.type !== 'none')
        const after = recordWrite(wanted, expectWrite(plan), 7, ledger, digest, 50)
        expect(planWrite(wanted, after, digest)).toStrictEqual({ type: 'none', reason: 'unchanged' })
      }),
      { numRuns: 500 },
    )
  })

  it('holds the id, the time, and each field as it was sent; the other fields stand', () => {
    const ledger = { ...ledgerOf(at(1, { title: 'x', phone: '1' })), rejected: 'something' }
    const wanted = desired({ ...at(3, { title: 'y' }), ...at(1, { phone: '1' }) })
    const write = expectWrite(planWrite(wanted, ledger, digest))
    expect(recordWrite(wanted, write, 8, ledger, digest, 50)).toStrictEqual({
      email: 'a@x.com',
      contactId: 8,
      fields: { title: { hash: '"y"', timeMs: 3 }, phone: { hash: '"1"', timeMs: 1 } },
      rejected: null,
      writtenAtMs: 50,
    })
  })

  it('of a missing contact is forgotten, so that all of it is written anew', () => {
    const wanted = desired(at(1, { last_name: 'Doe', title: 'x' }))
    const ledger = recordMissing({ ...ledgerOf(wanted.fields), rejected: 'something' })
    expect(ledger).toStrictEqual({ ...ledgerOf({}, null), deleted: true })
    expect(planWrite(wanted, ledger, digest)).toMatchObject({
      type: 'upsert',
      fields: { last_name: 'Doe', title: 'x' },
    })
  })
})

describe('a refused write', () => {
  const ledger = ledgerOf(at(1, { last_name: 'Doe', title: 'x' }))
  const wanted = desired(at(2, { last_name: 'Doe', title: 'refused' }))
  const refused = recordRejection(expectWrite(planWrite(wanted, ledger, digest)), ledger, 50)

  it('is not tried again', () => {
    expect(planWrite(wanted, refused, digest)).toStrictEqual({ type: 'none', reason: 'rejected' })
    const first = recordRejection(expectWrite(planWrite(wanted, null, digest)), null, 50)
    expect(planWrite(wanted, first, digest)).toStrictEqual({ type: 'none', reason: 'rejected' })
  })

  it('is recognised whatever the order of the claims', () => {
    const shuffled = desired(Object.fromEntries(Object.entries(wanted.fields).reverse()))
    const both = desired({ ...at(3, { phone: '1' }), ...wanted.fields })
    const again = desired({ ...wanted.fields, ...at(3, { phone: '1' }) })
    expect(planWrite(shuffled, refused, digest)).toMatchObject({ type: 'none', reason: 'rejected' })
    const other = recordRejection(expectWrite(planWrite(both, ledger, digest)), ledger, 50)
    expect(planWrite(again, other, digest)).toMatchObject({ type: 'none', reason: 'rejected' })
  })

  it('leaves standing what was written before', () => {
    expect(refused).toStrictEqual({ ...ledger, rejected: expect.any(String) })
  })

  it.each<[string, Claims]>([
    ['another value of the refused field', at(3, { title: 'y' })],
    ['another field', at(3, { phone: '1' })],
  ])('gives way to %s', (_claim, newer) => {
    const merged = mergeContacts(wanted, desired(newer))
    expect(planWrite(merged, refused, digest).type).toBe('update')
  })

  it('gives way to the value before it, which needs no request', () => {
    const back = mergeContacts(wanted, desired(at(3, { title: 'x' })))
    expect(planWrite(back, refused, digest)).toStrictEqual({ type: 'none', reason: 'unchanged' })
  })
})
