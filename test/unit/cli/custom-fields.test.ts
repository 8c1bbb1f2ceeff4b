import { describe, expect, it } from '@jest/globals'
import { sentenceOf } from '../../../src/cli/check/finding.ts'
import { checkCustomFields } from '../../../src/cli/custom-fields.ts'
import type { CustomField } from '../../../src/zendesk/answer-body.ts'
import { loadConfigMapping, loadConfigWith } from './loaded-config.ts'

const vip: CustomField = { name: 'VIP', type: 'string', forContact: true, choices: null }
const audience = 'audiences: [{ namespace: ups, segmentId: s1, mappingId: VIP }]'

async function problemsOf(
  fields: readonly CustomField[],
  ...sections: readonly string[]
): Promise<readonly string[]> {
  return checkCustomFields(await loadConfigWith(...sections), fields).map(sentenceOf)
}

describe('the custom field of an audience', () => {
  it.each(['string', 'text'])('may be of type %s', async (type) => {
    expect(await problemsOf([{ ...vip, type }], audience)).toEqual([])
  })

  it('may be a list with the status words among its choices', async () => {
    const list = { ...vip, type: 'list', choices: ['exited', 'other', 'realized'] }
    expect(await problemsOf([list], audience)).toEqual([])
  })

  it('that Sell does not have is told with those that it has for persons, and with where to create it', async () => {
    const others = [
      { ...vip, name: 'vip' },
      { ...vip, name: 'Industry', forContact: false },
    ]
    expect(await problemsOf(others, audience)).toEqual([
      'audiences[0].mappingId: Sell has no custom field "VIP" for contacts. It has "vip". ' +
        'Create it in Sell under Settings > Customize > Custom Fields, or correct the name.',
    ])
  })

  it('of a retired audience needs to take no word, and to be there as long as the audience is listed', async () => {
    const retired = audience.replace('VIP', 'VIP, retired: true')
    expect(await problemsOf([{ ...vip, type: 'list', choices: [] }], retired)).toEqual([])
    expect(await problemsOf([], retired)).toEqual([
      'audiences[0].mappingId: Sell has no custom field "VIP" any more, so there is nothing left to clear. Remove this retired audience.',
    ])
  })

  it('that Sell does not have is told where Sell has none at all', async () => {
    const [problem] = await problemsOf([], audience)
    expect(problem).toContain('Sell has no custom field "VIP" for contacts. It has none.')
  })

  it('is told with twenty of those that Sell has, however many they are', async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ ...vip, name: `field ${index}` }))
    const [problem] = await problemsOf(many, audience)
    expect(problem?.match(/"field \d+"/g)).toHaveLength(20)
  })

  it('must not be for companies alone', async () => {
    expect(await problemsOf([{ ...vip, forContact: false }], audience)).toEqual([
      'audiences[0].mappingId: the custom field "VIP" is for companies alone. Tick "people" for it in Sell\'s settings.',
    ])
  })

  it.each(['number', 'date', 'bool', 'multi_select_list', 'a type of next year'])(
    'must not be of type %s',
    async (type) => {
      expect(await problemsOf([{ ...vip, type }], audience)).toEqual([
        `audiences[0].mappingId: the custom field "VIP" is of type ${type}, which cannot hold a status. Use single-line text.`,
      ])
    },
  )

  it('must have every status word among its choices, in the configured words', async () => {
    const list = { ...vip, type: 'list', choices: ['realized', 'Exited'] }
    expect(await problemsOf([list], audience)).toEqual([
      'audiences[0].mappingId: the custom field "VIP" lacks the choices exited. Add them in Sell\'s settings.',
    ])
    expect(await problemsOf([list], audience, 'statusWords: { realized: realized, exited: Exited }')).toEqual(
      [],
    )
  })
})

describe('the custom field of a mapping', () => {
  const mapping = [
    'mapping:',
    '  - { source: identityMap.Email, target: email }',
    '  - { source: person.name.lastName, target: last_name }',
    '  - { source: loyalty.tier, target: custom_fields.Tier }',
    '',
  ].join('\n')

  async function problemsOfMapping(fields: readonly CustomField[], members = ''): Promise<readonly string[]> {
    const text = mapping.replace('custom_fields.Tier', `custom_fields.Tier${members}`)
    return checkCustomFields(await loadConfigMapping(text), fields).map(sentenceOf)
  }

  it.each(['number', 'list', 'date'])('may be of the type %s where the mapping has none', async (type) => {
    expect(await problemsOfMapping([{ ...vip, name: 'Tier', type }])).toEqual([])
  })

  it.each(['multi_select_list', 'address'])(
    'of the type %s needs that type in the mapping, as it takes no text',
    async (type) => {
      const field = { ...vip, name: 'Tier', type }
      expect(await problemsOfMapping([field])).toEqual([
        `mapping to custom_fields.Tier (row 2 without e-mail): the custom field "Tier" is of type ${type} in Sell, ` +
          `and the mapping has no type. Write type: ${type}.`,
      ])
      expect(await problemsOfMapping([field], `, type: ${type}`)).toEqual([])
    },
  )

  it('must be of the type that the mapping has', async () => {
    expect(await problemsOfMapping([{ ...vip, name: 'Tier', type: 'number' }], ', type: date')).toEqual([
      'mapping to custom_fields.Tier (row 2 without e-mail): the custom field "Tier" is of type number in Sell, ' +
        'and the mapping has the type date. Write type: number.',
    ])
    expect(await problemsOfMapping([{ ...vip, name: 'Tier', type: 'boolean' }], ', type: bool')).toEqual([])
  })

  it('must have every choice that the mapping may write', async () => {
    const field = { ...vip, name: 'Tier', type: 'list', choices: ['gold'] }
    expect(await problemsOfMapping([field], ', type: list, choices: [gold]')).toEqual([])
    expect(await problemsOfMapping([field], ', type: list, choices: [gold, vip, new]')).toEqual([
      'mapping to custom_fields.Tier (row 2 without e-mail): the custom field "Tier" lacks the choices vip, new. ' +
        "Add them in Sell's settings.",
    ])
  })

  it('must exist, by its exact name', async () => {
    const [problem, ...others] = await problemsOfMapping([{ ...vip, name: 'tier' }])
    expect(problem).toMatch(
      /^mapping to custom_fields\.Tier .*: Sell has no custom field "Tier" for contacts/,
    )
    expect(others).toEqual([])
  })

  it('must not be for companies alone', async () => {
    const [problem] = await problemsOfMapping([{ ...vip, name: 'Tier', forContact: false }])
    expect(problem).toMatch(
      /^mapping to custom_fields\.Tier .*: the custom field "Tier" is for companies alone/,
    )
  })
})

it('a configuration without custom fields needs none', async () => {
  expect(await problemsOf([])).toEqual([])
})
