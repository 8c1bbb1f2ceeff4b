import { describe, expect, it } from '@jest/globals'
import { checkCustomFields } from '../../../src/cli/custom-fields.ts'
import type { CustomField } from '../../../src/zendesk/answer-body.ts'
import { loadConfigMapping, loadConfigWith } from './loaded-config.ts'

const vip: CustomField = { name: 'VIP', type: 'string', forContact: true, choices: null }
const audience = 'audiences: [{ namespace: ups, segmentId: s1, mappingId: VIP }]'

async function problemsOf(
  fields: readonly CustomField[],
  ...sections: readonly string[]
): Promise<readonly string[]> {
  return checkCustomFields(await loadConfigWith(...sections), fields)
}

describe('the custom field of an audience', () => {
  it.each(['string', 'text'])('may be of type %s', async (type) => {
    expect(await problemsOf([{ ...vip, type }], audience)).toEqual([])
  })

  it.each(['list', 'multi_select_list'])(
    'may be a %s with the status words among its choices',
    async (type) => {
      expect(
        await problemsOf([{ ...vip, type, choices: ['exited', 'other', 'realized'] }], audience),
      ).toEqual([])
    },
  )

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

  it.each(['number', 'date', 'bool', 'a type of next year'])('must not be of type %s', async (type) => {
    expect(await problemsOf([{ ...vip, type }], audience)).toEqual([
      `audiences[0].mappingId: the custom field "VIP" is of type ${type}, which cannot hold a status. Use single-line text.`,
    ])
  })

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

  async function problemsOfMapping(fields: readonly CustomField[]): Promise<readonly string[]> {
    return checkCustomFields(await loadConfigMapping(mapping), fields)
  }

  it('may be of any type', async () => {
    expect(await problemsOfMapping([{ ...vip, name: 'Tier', type: 'number' }])).toEqual([])
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
