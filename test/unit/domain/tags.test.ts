import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { DesiredContact } from '../../../src/domain/contact.ts'
import { compareWithFound, standingOf } from '../../../src/domain/comparison.ts'
import { forget, type LedgerEntry, recordAttempt, recordWrite } from '../../../src/domain/ledger.ts'
import { createMapper } from '../../../src/domain/mapping.ts'
import { planWrite, type Write } from '../../../src/domain/plan.ts'
import { addOwn, mergeTags, ownTags } from '../../../src/domain/tags.ts'

const digest = (text: string): string => `#${text}`
const tag = fc.constantFrom<string>('a', 'b', 'c', 'd', 'e')
const tags = fc.uniqueArray(tag)

describe('tags to write', () => {
  it('keep those of others in their place, take ours away, and put what is wanted behind', () => {
    const found = ['theirs', 'old', 'kept', 'also theirs']
    expect(
      mergeTags({ found, wanted: ['kept', 'new'], own: ['#old', '#kept', '#long gone'] }, digest),
    ).toStrictEqual(['theirs', 'also theirs', 'kept', 'new'])
  })

  it('are of others or wanted, all of those and each once, whatever there is; and writing them again changes nothing', () => {
    fc.assert(
      fc.property(fc.array(tag), tags, tags, (found, wanted, ours) => {
        const own = ours.map(digest)
        const merged = mergeTags({ found, wanted, own }, digest)
        const others = found.filter((one) => !ours.includes(one))
        expect([...merged].sort()).toStrictEqual([...new Set([...others, ...wanted])].sort())
        const next = addOwn(own, wanted, digest)
        expect(ownTags(merged, next, digest)).toStrictEqual(
          [...merged].filter((one) => [...ours, ...wanted].includes(one)).sort(),
        )
        const again = mergeTags({ found: merged, wanted, own: next }, digest)
        // What others had and is wanted is ours from then on.
        expect([...again].sort()).toStrictEqual([...merged].sort())
      }),
    )
  })

  it('are remembered as ours up to a bound, the newest', () => {
    const many = Array.from({ length: 1200 }, (_, at) => `t${at}`)
    const own = addOwn(['#oldest'], many, digest)
    expect([own.length, own[0], own.at(-1)]).toStrictEqual([1000, '#t200', '#t1199'])
  })
})

function desired(value: readonly string[] | null): DesiredContact {
  const fields = { last_name: { value: 'Doe', timeMs: 1 }, tags: { value, timeMs: 1 } }
  return { email: 'a@x.com', personKey: 'p', state: 'active', revision: 1, cause: 'change', fields }
}

function writeOf(contact: DesiredContact, ledger: LedgerEntry | null): Write {
  const plan = planWrite(contact, ledger, digest)
  if (plan.type === 'none' || plan.type === 'look') throw new Error(`the plan is ${plan.type}`)
  return plan
}

function write(contact: DesiredContact, ledger: LedgerEntry | null): LedgerEntry {
  return recordWrite(contact, writeOf(contact, ledger), 7, ledger, digest, 1)
}

/** The ledger once both writes of a new contact are acknowledged. */
const written = write(desired(['a', 'b']), write(desired(['a', 'b']), null))

describe('the tags in the plan and the ledger', () => {
  it('come after the first write, by which a contact with tags of others may be found', () => {
    const first = writeOf(desired(['a']), null)
    expect([first.type, first.fields]).toStrictEqual(['upsert', { last_name: 'Doe' }])
    const second = writeOf(desired(['a']), write(desired(['a']), null))
    expect([second.type, second.fields]).toStrictEqual(['update', { tags: ['a'] }])
  })

  it('are ours by their digests, of what was written last alone', () => {
    expect(written.fields['tags']?.own).toStrictEqual(['#a', '#b'])
    expect(write(desired(['c']), written).fields['tags']?.own).toStrictEqual(['#c'])
    expect(write(desired(null), written).fields['tags']?.own).toStrictEqual([])
  })

  it('are ours too where nobody knows whether they were written', () => {
    const attempt = recordAttempt(desired(['c']), writeOf(desired(['c']), written), written, digest, 2)
    expect(attempt.fields['tags']?.own).toStrictEqual(['#a', '#b', '#c'])
    const after = write(desired(['d']), attempt)
    expect(after.fields['tags']?.own).toStrictEqual(['#a', '#b', '#c', '#d'])
  })

  it('stay ours where they are to be written again', () => {
    const again = forget(written, 'all')
    expect(again.fields['tags']?.own).toStrictEqual(['#a', '#b'])
    expect(writeOf(desired(['a', 'b']), again).fields).toStrictEqual({ last_name: 'Doe', tags: ['a', 'b'] })
  })
})

describe('tags that are compared with Zendesk', () => {
  const verdict = (found: readonly string[]) =>
    compareWithFound('a@x.com', standingOf(desired(['a', 'b']), written, digest), {
      email: 'a@x.com',
      fields: { last_name: 'Doe', tags: found },
    })

  it('may stand beside those of others, in any order', () => {
    expect(verdict(['b', 'theirs', 'a'])).toStrictEqual({ state: 'written', drifted: [] })
  })

  it('have drifted where one of ours is gone', () => {
    expect(verdict(['a', 'theirs'])).toStrictEqual({ state: 'drifted', drifted: ['tags'] })
  })
})

describe('tags of a profile', () => {
  const map = createMapper([{ target: 'tags', source: 'v', transforms: [], whenNull: 'clear' }])

  it.each([
    ['a list', ['b', ' a ', 'b', '', 7], ['7', 'a', 'b']],
    ['one text', 'a', ['a']],
    ['an empty list', [], null],
    ['nothing', ' ', null],
  ])('are texts, each once and in order, of %s', (_what, v, expected) => {
    expect(map({ v })).toStrictEqual({ fields: { tags: expected }, unusable: [] })
  })

  it('are not made of what is no text', () => {
    expect(map({ v: [{ a: 'b' }] }).unusable).toStrictEqual([{ target: 'tags', misfit: 'no_list' }])
  })
})
