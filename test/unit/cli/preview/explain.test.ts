import { describe, expect, it } from '@jest/globals'
import {
  describePlan,
  type ExplainedField,
  explainContact,
  explainPerson,
} from '../../../../src/cli/preview/explain.ts'
import { previewText } from '../../../../src/cli/preview/result.ts'
import type { ContactRules, DesiredContact } from '../../../../src/domain/contact.ts'
import { createMapper, type FieldMapping } from '../../../../src/domain/mapping.ts'
import type { Membership } from '../../../../src/domain/membership.ts'
import type { Person } from '../../../../src/domain/person.ts'
import { recordWrite } from '../../../../src/domain/ledger.ts'
import { planWrite } from '../../../../src/domain/plan.ts'

const nowMs = Date.parse('2025-06-01T00:00:00Z')
const at = (text: string): number => Date.parse(text)

const mappings: readonly FieldMapping[] = [
  { target: 'last_name', source: 'name', transforms: [{ type: 'trim' }] },
  { target: 'title', source: 'title', transforms: [] },
  { target: 'mobile', source: 'mobile', transforms: [], whenNull: 'clear' },
  { target: 'custom_fields.born', source: 'born', transforms: [], type: 'date' },
]
const dates = { startMs: null, endMs: null, retired: false }
const rules: ContactRules = {
  identityNamespace: 'Email',
  map: createMapper(mappings),
  audiences: [
    { namespace: 'ups', segmentId: 'in', mappingId: 'In', ...dates },
    { namespace: 'ups', segmentId: 'over', mappingId: 'Over', ...dates },
    { namespace: 'ups', segmentId: 'out', mappingId: 'Out', ...dates },
    { namespace: 'ups', segmentId: 'none', mappingId: 'None', ...dates },
    {
      namespace: 'ups',
      segmentId: 'in',
      mappingId: 'Early',
      startMs: at('2025-07-01'),
      endMs: null,
      retired: false,
    },
    {
      namespace: 'ups',
      segmentId: 'in',
      mappingId: 'Late',
      startMs: null,
      endMs: at('2025-05-01'),
      retired: false,
    },
  ],
  statusWords: { realized: 'yes', exited: 'no' },
}

function membership(
  segmentId: string,
  status: Membership['status'],
  validUntilMs: number | null = null,
): Membership {
  const version = { timeMs: at('2025-02-03'), rank: 1, offset: 0 }
  return { namespace: 'ups', segmentId, status, validUntilMs, version }
}

const person: Person = {
  profile: {
    version: { timeMs: at('2025-01-02'), rank: 1, offset: 0 },
    attributes: { name: ' Doe ', born: 'long ago' },
  },
  memberships: [
    membership('in', 'realized'),
    membership('out', 'exited'),
    membership('over', 'realized', at('2025-03-01')),
  ],
  erasedAtMs: null,
}

function find(fields: readonly ExplainedField[], target: string) {
  const field = fields.find((one) => one.target === target)
  return field === undefined ? undefined : [field.value, field.from, field.why]
}

describe('why a field is what it is', () => {
  const fields = explainPerson(person, mappings, rules, nowMs)

  it.each([
    ['last_name', 'Doe', 'name | trim', 'profile of 2025-01-02T00:00:00.000Z'],
    ['title', undefined, 'title', 'kept: source missing'],
    ['mobile', null, 'mobile', 'cleared: source missing'],
    ['custom_fields.born', undefined, 'born', 'kept: misfit: no_date'],
    ['custom_fields.In', 'yes', 'ups/in', 'realized since 2025-02-03T00:00:00.000Z'],
    ['custom_fields.Out', 'no', 'ups/out', 'exited since 2025-02-03T00:00:00.000Z'],
    ['custom_fields.Over', 'no', 'ups/over', 'exited: ran out at 2025-03-01T00:00:00.000Z'],
    ['custom_fields.None', undefined, 'ups/none', 'kept: no membership'],
    ['custom_fields.Early', undefined, 'ups/in', 'kept: before start date 2025-07-01T00:00:00.000Z'],
    ['custom_fields.Late', undefined, 'ups/in', 'kept: after end date 2025-05-01T00:00:00.000Z'],
  ])('%s', (target, ...explained) => {
    expect(find(fields, target)).toEqual(explained)
  })

  it('is the erasure for all audiences of a person who was erased', () => {
    const erased: Person = { profile: null, memberships: [], erasedAtMs: at('2025-04-01') }
    const left = explainPerson(erased, mappings, rules, nowMs)
    expect(find(left, 'custom_fields.In')).toEqual(['no', 'ups/in', 'exited: the person was erased'])
    expect(left.some(({ target }) => target === 'last_name')).toBe(false)
  })
})

const digest = (text: string): string => text
const desired: DesiredContact = {
  email: 'a@x.com',
  personKey: 'p',
  state: 'active',
  revision: 1,
  cause: 'change',
  fields: { last_name: { value: 'Doe', timeMs: 1 }, title: { value: 'Chief', timeMs: 2 } },
}

describe('a stored contact', () => {
  it('says of each field whether it was written, and what would be sent', () => {
    const before = {
      ...desired,
      fields: { last_name: { value: 'Doe', timeMs: 1 }, title: { value: 'x', timeMs: 1 } },
    }
    const first = planWrite(before, null, digest)
    if (first.type !== 'upsert') throw new Error('the first write is an upsert')
    const ledger = recordWrite(before, first, 7, null, digest, 5)
    expect(describePlan(first, desired)).toBe('create or update by e-mail, with the fields last_name, title')
    expect(explainContact(desired, null, digest).map(({ why }) => why)).toEqual([
      'not written yet',
      'not written yet',
    ])
    expect(explainContact(desired, ledger, digest).map(({ why }) => why)).toEqual([
      'written',
      'another value was written, or is in doubt',
    ])
    expect(describePlan(planWrite(desired, ledger, digest), desired)).toBe(
      'update the fields title of contact 7',
    )
    expect(describePlan(planWrite(before, ledger, digest), before)).toBe('nothing: unchanged')
  })
})

describe('what would be sent of tags', () => {
  const tagged = { ...desired, fields: { ...desired.fields, tags: { value: ['a'], timeMs: 1 } } }

  it('is told to come after the first write, and to keep those of others', () => {
    const first = planWrite(tagged, null, digest)
    if (first.type !== 'upsert') throw new Error('the first write is an upsert')
    expect(describePlan(first, tagged)).toBe(
      'create or update by e-mail, with the fields last_name, title, and then its tags',
    )
    const ledger = recordWrite(tagged, first, 7, null, digest, 5)
    expect(describePlan(planWrite(tagged, ledger, digest), tagged)).toBe(
      'update the fields tags of contact 7, with the tags of others that it has then',
    )
  })
})

describe('the preview for a person', () => {
  it('is aligned, and shows control characters as what they are', () => {
    const text = previewText({
      contacts: [{ email: 'a@x.com', state: 'active', contactId: null, send: 'nothing: unchanged' }],
      fields: [
        { target: 'title', value: 'a\u001b[2Jb', from: 'title', why: 'profile' },
        { target: 'custom_fields.long', value: undefined, from: 'x', why: 'kept' },
      ],
    })
    expect(text).toContain(
      [
        'fields',
        '  target              value          from   why',
        '  ------------------  -------------  -----  -------',
        '  title               "a\\u001b[2Jb"  title  profile',
        '  custom_fields.long  -              x      kept',
        '',
      ].join('\n'),
    )
    expect(text).toMatch(/what would be sent\n {2}nothing: unchanged\n$/)
  })
})
