import { describe, expect, it } from '@jest/globals'

import {
  customFieldsBody,
  customFieldsInput,
  defineCustomFields,
  demoCustomFields,
} from '../../../sandbox/zendesk-sell/custom-fields.ts'
import { everyField, fieldsOf } from './account.ts'

describe('definitions of custom fields', () => {
  it.each([
    ['no list', {}, 'must be a list'],
    ['no name', [{ type: 'string' }], 'custom_fields[0].name must be a text'],
    [
      'an unknown type',
      [{ name: 'A', type: 'boolean' }],
      'custom_fields[0].type must be one of number, string',
    ],
    ['an unknown setting', [{ name: 'A', type: 'text', colour: 1 }], 'custom_fields[0].colour is not known'],
    ['a list without choices', [{ name: 'A', type: 'list' }], "type 'list' needs choices"],
    ['choices of a text', [{ name: 'A', type: 'text', choices: ['x'] }], "type 'text' has no choices"],
    ['a filterable date', [{ name: 'A', type: 'date', filterable: true }], "can be filterable, not 'date'"],
    [
      'one name twice',
      [
        { name: 'A', type: 'text' },
        { name: 'A', type: 'bool' },
      ],
      "'A' is given twice",
    ],
  ])('with %s are refused: %s', (_name, input, sentence) => {
    const defined = defineCustomFields(input)
    expect(defined.ok ? [] : defined.problems).toEqual([expect.stringContaining(sentence)])
  })

  it('survive being read back and sent again', () => {
    const fields = fieldsOf(everyField)
    expect(defineCustomFields(customFieldsInput(fields))).toEqual({ ok: true, fields })
  })

  it('of the demonstration are valid and of both kinds', () => {
    expect(new Set([...fieldsOf(demoCustomFields).values()].map(({ type }) => type))).toEqual(
      new Set(['string', 'list']),
    )
  })

  it.each(['choices', 'options'] as const)('are answered with their choices as %s', (choicesKey) => {
    const fields = fieldsOf([
      { name: 'Name', type: 'string', for_organisation: true },
      { name: 'Segment', type: 'list', choices: ['realized', 'exited'] },
    ])
    expect(customFieldsBody(fields, choicesKey)).toEqual({
      items: [
        { data: { id: 1, name: 'Name', type: 'string', for_organisation: true, for_contact: true } },
        {
          data: {
            id: 2,
            name: 'Segment',
            type: 'list',
            for_organisation: false,
            for_contact: true,
            [choicesKey]: [
              { id: 1, name: 'realized' },
              { id: 2, name: 'exited' },
            ],
          },
        },
      ],
    })
  })
})
