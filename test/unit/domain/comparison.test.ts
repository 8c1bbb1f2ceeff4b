import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compareWithFound, holdsSame, standingOf } from '../../../src/domain/comparison.ts'
import type { Claims, DesiredContact } from '../../../src/domain/contact.ts'
import { type LedgerEntry, recordAttempt, recordRejection, recordWrite } from '../../../src/domain/ledger.ts'
import { planWrite, type Write } from '../../../src/domain/plan.ts'
import type { FieldValue } from '../../../src/domain/sell-fields.ts'

const digest = (text: string): string => `<${text}>`

function desired(fields: Claims, state: DesiredContact['state'] = 'active'): DesiredContact {
  return { email: 'a@x.com', personKey: 'p1', state, revision: 1, cause: 'change', fields }
}

function writeOf(contact: DesiredContact, ledger: LedgerEntry | null): Write {
  const plan = planWrite(contact, ledger, digest)
  if (plan.type !== 'upsert' && plan.type !== 'update')
    throw new Error(`nothing is to be written: ${plan.type}`)
  return plan
}

/** The ledger after `contact` was written to contact 7. */
function written(contact: DesiredContact, ledger: LedgerEntry | null = null): LedgerEntry {
  return recordWrite(contact, writeOf(contact, ledger), 7, ledger, digest, 100)
}

const director = desired({ last_name: { value: 'Doe', timeMs: 1 }, title: { value: 'Director', timeMs: 1 } })
const found = { email: 'a@x.com', fields: { last_name: 'Doe', title: 'Director' } }

describe('where a contact stands', () => {
  it('is written, with all of its fields, once Zendesk acknowledged them', () => {
    expect(standingOf(director, written(director), digest)).toEqual({
      state: 'written',
      contactId: 7,
      written: { last_name: 'Doe', title: 'Director' },
    })
  })

  it('is pending before the first write, and nothing is to be compared', () => {
    expect(standingOf(director, null, digest)).toEqual({ state: 'pending', contactId: null, written: {} })
  })

  it('is pending after a change, and what changed is not to be compared', () => {
    const ledger = written(director)
    const promoted = desired({ ...director.fields, title: { value: 'Chief', timeMs: 2 } })
    expect(standingOf(promoted, ledger, digest)).toEqual({
      state: 'pending',
      contactId: 7,
      written: { last_name: 'Doe' },
    })
  })

  it('is pending while a write is in doubt, and while one may be carried out late', () => {
    const ledger = written(director)
    const promoted = desired({ ...director.fields, title: { value: 'Chief', timeMs: 2 } })
    const attempt = recordAttempt(promoted, writeOf(promoted, ledger), ledger, digest, 101)
    expect(standingOf(promoted, attempt, digest)).toMatchObject({
      state: 'pending',
      written: { last_name: 'Doe' },
    })
    const back = desired({ ...director.fields, title: { value: 'Director', timeMs: 3 } })
    expect(standingOf(back, written(back, attempt), digest)).toMatchObject({
      state: 'pending',
      written: { last_name: 'Doe' },
    })
  })

  it('is rejected where Sell refused what is left to write', () => {
    const ledger = recordRejection(writeOf(director, null), null, 100)
    expect(standingOf(director, ledger, digest)).toEqual({ state: 'rejected', contactId: null, written: {} })
  })

  it('is without a contact where the person left before there was one', () => {
    const left = desired({ 'custom_fields.vip': { value: 'exited', timeMs: 1 } }, 'released')
    expect(standingOf(left, null, digest).state).toBe('without_contact')
  })
})

describe('what Zendesk holds', () => {
  const standing = standingOf(director, written(director), digest)

  it('is as it should be where every field that was written is', () => {
    const more = { ...found.fields, description: 'an agent wrote this' }
    expect(compareWithFound('a@x.com', standing, { ...found, fields: more })).toEqual({
      state: 'written',
      drifted: [],
    })
  })

  it('drifted in the fields that hold something else or nothing', () => {
    const edited = { ...found, fields: { last_name: null, title: 'By hand' } }
    expect(compareWithFound('a@x.com', standing, edited)).toEqual({
      state: 'drifted',
      drifted: ['last_name', 'title'],
    })
  })

  it.each([
    ['another address', 'b@x.com', ['email']],
    ['none', null, ['email']],
    ['the same in other letters', ' A@X.com', []],
  ])('is compared by its e-mail too: %s', (_case, email, drifted) => {
    expect(compareWithFound('a@x.com', standing, { ...found, email }).drifted).toEqual(drifted)
  })

  it('is missing where there is no contact of the id', () => {
    expect(compareWithFound('a@x.com', standing, null)).toEqual({ state: 'missing', drifted: [] })
  })

  it('differs from what is pending only in what was written for certain', () => {
    const promoted = desired({ ...director.fields, title: { value: 'Chief', timeMs: 2 } })
    const pending = standingOf(promoted, written(director), digest)
    expect(compareWithFound('a@x.com', pending, found).state).toBe('pending')
    const edited = { ...found, fields: { last_name: 'Edited', title: 'Director' } }
    expect(compareWithFound('a@x.com', pending, edited)).toEqual({ state: 'drifted', drifted: ['last_name'] })
  })
})

describe('a value as Sell gives it', () => {
  it.each<[FieldValue, FieldValue]>([
    ['5', 5],
    ['5.0', 5],
    [true, true],
    [null, ''],
    [[], null],
    ['', null],
    [
      ['b', 'a'],
      ['a', 'b'],
    ],
    [{ city: 'Berlin', line1: '' }, { city: 'Berlin' }],
    [{}, null],
  ])('%j is what writing %j leaves', (held, wanted) => {
    expect(holdsSame(held, wanted)).toBe(true)
  })

  it.each<[FieldValue, FieldValue]>([
    ['6', 5],
    [null, 0],
    [null, false],
    [false, true],
    ['a', null],
    [null, 'a'],
    [['a'], ['a', 'b']],
    ['a', ['a']],
    [{ city: 'Berlin' }, { city: 'Bonn' }],
    [{ city: 'Berlin', line1: 'x' }, { city: 'Berlin' }],
    ['Doe ', 'Doe'],
  ])('%j is not what writing %j leaves', (held, wanted) => {
    expect(holdsSame(held, wanted)).toBe(false)
  })
})

const value = fc.oneof(
  fc.constantFrom<FieldValue>(null, 'a', 'b', '5', 5, true, false),
  fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
  fc.record({ city: fc.constantFrom('a', 'b') }),
)
const claims = fc.dictionary(
  fc.constantFrom('title', 'address.city', 'custom_fields.vip', 'custom_fields.n'),
  fc.record({ value, timeMs: fc.nat(5) }),
  { minKeys: 1 },
)

describe('any contact', () => {
  it('that was written, and that nobody touched, is as it should be', () => {
    fc.assert(
      fc.property(claims, (fields) => {
        const contact = desired(fields)
        const standing = standingOf(contact, written(contact), digest)
        const untouched = { email: 'a@x.com', fields: standing.written }
        expect(Object.keys(standing.written).sort()).toEqual(Object.keys(fields).sort())
        expect(compareWithFound('a@x.com', standing, untouched)).toEqual({ state: 'written', drifted: [] })
      }),
    )
  })

  it('that was written, and edited in one field, drifted in that one alone', () => {
    fc.assert(
      fc.property(claims, fc.nat(), value, (fields, at, edit) => {
        const contact = desired(fields)
        const standing = standingOf(contact, written(contact), digest)
        const names = Object.keys(fields)
        const name = names[at % names.length] ?? ''
        fc.pre(!holdsSame(edit, fields[name]?.value ?? null))
        const edited = { email: 'a@x.com', fields: { ...standing.written, [name]: edit } }
        expect(compareWithFound('a@x.com', standing, edited)).toEqual({ state: 'drifted', drifted: [name] })
      }),
    )
  })

  it('never drifted in a field that is still to be written', () => {
    fc.assert(
      fc.property(
        claims,
        claims,
        fc.dictionary(fc.constantFrom('title', 'custom_fields.n'), value),
        (before, after, held) => {
          const ledger = written(desired(before))
          const contact = desired({ ...before, ...after })
          const plan = planWrite(contact, ledger, digest)
          const toWrite = plan.type === 'update' ? Object.keys(plan.fields) : []
          const changed = toWrite.filter(
            (name) => JSON.stringify(before[name]?.value) !== JSON.stringify(contact.fields[name]?.value),
          )
          const { drifted } = compareWithFound('a@x.com', standingOf(contact, ledger, digest), {
            email: 'a@x.com',
            fields: held,
          })
          expect(drifted.filter((name) => changed.includes(name))).toEqual([])
        },
      ),
    )
  })
})
