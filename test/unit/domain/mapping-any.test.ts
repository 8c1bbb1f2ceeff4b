import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { customFieldTypes, misfits } from '../../../src/domain/custom-field-value.ts'
import { type Json, toJson } from '../../../src/domain/json.ts'
import { createMapper, type FieldMapping, type Transform } from '../../../src/domain/mapping.ts'
import type { FieldValue } from '../../../src/domain/sell-fields.ts'

const transforms: readonly Transform[] = [
  { type: 'trim' },
  { type: 'lowercase' },
  { type: 'uppercase' },
  { type: 'date' },
  { type: 'join', separator: '; ' },
  { type: 'default', value: 'none' },
  { type: 'constant', value: 'fixed' },
]

/** True where Sell could hold `field` in the field of `mapping`, or the mapping says that it is cleared. */
function canHold({ type, whenNull }: FieldMapping, field: FieldValue): boolean {
  if (field === null) return whenNull === 'clear'
  if (typeof field === 'string') return field.trim() !== ''
  if (typeof field !== 'object') return Number.isFinite(Number(field))
  const shape = Array.isArray(field) ? 'multi_select_list' : 'address'
  const parts: readonly unknown[] = Object.values(field)
  return type === shape && parts.length > 0 && parts.every((part) => typeof part === 'string' && part !== '')
}

describe('any profile, path, type and transforms', () => {
  const name = fc.constantFrom('v', 'a', 'toString', 'valueOf', 'length', 'hasOwnProperty')
  const step = fc.oneof(
    name.map((one) => `.${one}`),
    fc.constantFrom('[0]', '[*]', '[a=1]', '[v="x"]'),
  )
  const anySource = fc
    .tuple(name, fc.array(step, { maxLength: 3 }))
    .map(([first, rest]) => first + rest.join(''))
  // Often a path that reads something: what is absent is absent whatever the code does.
  const source = fc.oneof(fc.constantFrom('v', 'v[*]', 'v[0]', 'v.a'), anySource)
  const node = fc.letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>('x', ' ', '1', 1, 0, false, 1e21, '2026-01-31', '\u0000'),
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom('v', 'a', '__proto__', 'constructor', 'toString', 'line1', 'city'),
        tie('node'),
        {
          maxKeys: 3,
        },
      ),
    ),
  })).node
  const profile = fc.oneof(
    node.map((v): Json => ({ v })),
    node,
    fc.jsonValue().map((raw) => toJson(raw) ?? {}),
  )
  const mapping: fc.Arbitrary<FieldMapping> = fc.record(
    {
      target: fc.constantFrom(
        'last_name',
        'custom_fields.x',
        'custom_fields.__proto__',
        'customer_status',
        'owner_id',
      ),
      source,
      transforms: fc.array(fc.constantFrom(...transforms), {
        maxLength: 3,
      }),
      type: fc.constantFrom(null, ...customFieldTypes),
      choices: fc.constantFrom<readonly string[]>([], ['x', '1']),
      whenNull: fc.constantFrom('keep', 'clear'),
    },
    { requiredKeys: ['target', 'source', 'transforms'] },
  )

  it('never throws, and gives what a Sell field can hold or says why not', () => {
    fc.assert(
      fc.property(profile, mapping, (value, one) => {
        const { fields, unusable } = createMapper([one])(value)
        expect(
          unusable.every(({ target, misfit }) => target === one.target && misfits.includes(misfit)),
        ).toBe(true)
        const values = Object.values(fields)
        expect(values.length).toBeLessThanOrEqual(1)
        expect(values.filter((field) => !canHold(one, field))).toStrictEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  it('reads nothing that a profile inherits, so that an inherited getter or text is never written', () => {
    const inherited = Object.create({ v: 'inherited', a: 'inherited', toString: 'inherited' }) as Json
    fc.assert(
      fc.property(mapping, (one) => {
        const { fields } = createMapper([{ ...one, transforms: [] }])(inherited)
        expect(Object.values(fields).filter((field) => field !== null)).toStrictEqual([])
      }),
    )
  })
})
