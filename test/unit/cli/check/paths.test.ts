import { describe, expect, it } from '@jest/globals'
import { compileSchema } from '../../../../src/avro/compiled-schema.ts'
import { shapesOf } from '../../../../src/avro/record-shape.ts'
import { checkMembershipPaths, checkProfilePaths } from '../../../../src/cli/check/paths.ts'
import { loadConfigMapping, loadConfigWith } from '../loaded-config.ts'

const optional = (type: unknown): unknown => ['null', type]
const record = (name: string, fields: Readonly<Record<string, unknown>>): object => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
})
const identity = record('Identity', { id: 'string', primary: optional('boolean') })
const name = record('Name', { firstName: optional('string'), lastName: optional('string') })
const identityMap = optional({ type: 'map', values: { type: 'array', items: identity } })
const fields = {
  identityMap,
  person: optional(record('Person', { name: optional(name), friend: optional('Person') })),
  active: optional('boolean'),
  score: optional('double'),
  born: optional({ type: 'int', logicalType: 'date' }),
  changed: { type: 'long', logicalType: 'timestamp-micros' },
  balance: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 },
  tier: { type: 'enum', name: 'Tier', symbols: ['gold', 'silver'] },
  tags: { type: 'array', items: 'string' },
  extra: { type: 'map', values: ['null', 'string', 'boolean'] },
  home: optional(record('Address', { street1: 'string', city: optional('string') })),
}
const profile = shapesOf(compileSchema(JSON.stringify(record('Profile', fields))).type)

/** What is said of one row more, `level subject: message`. */
async function faultsOf(row: string): Promise<readonly string[]> {
  const mapping = [
    'mapping:',
    '  - { source: identityMap.Email, target: email }',
    '  - { source: person.name.lastName, target: last_name }',
    `  - { ${row} }`,
  ]
  const config = await loadConfigMapping(mapping.join('\n'))
  return checkProfilePaths(config, profile).map(
    ({ level, subject, message }) => `${level} ${subject}: ${message}`,
  )
}

describe('a mapped path is fine', () => {
  it.each([
    'source: person.name.firstName, target: first_name',
    'source: person.friend.friend.name.firstName, target: description',
    'source: active, target: custom_fields.Active, type: bool',
    'source: active, target: description',
    'source: score, target: custom_fields.Score, type: number',
    'source: score, target: custom_fields.Day, type: date',
    'source: born, target: custom_fields.Born, type: date',
    'source: changed, target: custom_fields.Changed, type: datetime',
    'source: balance, target: custom_fields.Balance, type: number',
    'source: tier, target: custom_fields.Tier, type: list, choices: [gold, bronze]',
    'source: tier, target: custom_fields.Tier, type: list, transforms: [uppercase], choices: [GOLD]',
    'source: "tags[*]", target: custom_fields.Tags, type: multi_select_list',
    'source: tags, target: custom_fields.Tags, type: multi_select_list',
    'source: "tags[*]", target: description, transforms: [{ join: ", " }]',
    'source: "tags[0]", target: description',
    'source: extra.anything, target: custom_fields.Any, type: date',
    'source: home, target: custom_fields.Home, type: address',
    'source: extra, target: custom_fields.Home, type: address',
    'source: "identityMap.Phone[primary=true].id", target: mobile, transforms: [e164]',
    'source: active, target: custom_fields.Day, type: date, transforms: [{ default: 2026-01-31 }]',
    'target: description, transforms: [{ constant: x }]',
  ])('%s', async (row) => {
    expect(await faultsOf(row)).toEqual([])
  })
})

describe('a mapped path is a problem', () => {
  it.each([
    [
      'source: persn.name, target: title',
      '"persn.name": the record has no field "persn". Did you mean "person"?',
    ],
    [
      'source: firstName, target: title',
      'the record has no field "firstName". Did you mean "person.name.firstName"?',
    ],
    ['source: person.zzz, target: title', '"person" has no field "zzz". It has "name", "friend".'],
    ['source: score.x, target: title', '"score" is a number without fields.'],
    [
      'source: identityMap.Email.id, target: title',
      '"identityMap.Email" is a list, so write a position such as [0] behind it.',
    ],
    [
      'source: "person[0].name", target: title',
      '"person" is a record (name, friend), and no list. Leave the brackets out.',
    ],
    [
      'source: person.name, target: title',
      '"person.name" is a record (firstName, lastName) in the schema, and title takes one value. Name a field in it, such as person.name.firstName.',
    ],
    [
      'source: extra, target: title',
      '"extra" is a map in the schema, and title takes one value. Name a field in it, such as extra.<key>.',
    ],
    [
      'source: tags, target: title',
      '"tags" is a list in the schema, and title takes one value. Write a position such as tags[0], or tags[*] with {join: ", "}.',
    ],
    [
      'source: active, target: custom_fields.Day, type: date',
      '"active" is true or false in the schema, which a field of type date can never hold.',
    ],
    [
      'source: tier, target: custom_fields.T, type: number',
      '"tier" is one of gold, silver in the schema, which a field of type number can never hold.',
    ],
    [
      'source: tier, target: custom_fields.T, type: list, choices: [Gold]',
      'which a field of type list can never hold.',
    ],
    ['source: active, target: owner_id', 'which owner_id can never hold.'],
    [
      'source: score, target: custom_fields.Home, type: address',
      'which a field of type address can never hold.',
    ],
  ])('%s: %s', async (row, says) => {
    const told = await faultsOf(row)
    expect(told).toEqual([expect.stringContaining(says)])
    expect(told[0]).toMatch(/^problem mapping to \S+: /)
  })

  it('unless a default is written in its place, which is a doubt', async () => {
    expect(await faultsOf('source: zzz, target: title, transforms: [{ default: x }]')).toEqual([
      expect.stringMatching(/^warning mapping to title: no field of the schema leads to "zzz"/),
    ])
  })
})

describe('the paths of the inputs', () => {
  const membership = { type: 'map', values: { type: 'map', values: record('M', { status: 'string' }) } }
  const memberships = shapesOf(
    compileSchema(JSON.stringify(record('R', { segmentMembership: membership, id: 'string', count: 'int' })))
      .type,
  )

  it.each([
    ['profiles: { personKey: { path: person.name.lastName }, eventTimePath: changed }', null],
    ['profiles: { eventTimePath: born }', null],
    [
      'profiles: { personKey: { path: score } }',
      'inputs.profiles.personKey.path: "score" is a number in the schema, but a person key is text. Name another field.',
    ],
    [
      'profiles: { eventTimePath: active }',
      'inputs.profiles.eventTimePath: "active" is true or false in the schema, but a time is text or a number. Name another field.',
    ],
    [
      'profiles: { eventTimePath: chnged }',
      'inputs.profiles.eventTimePath: no field of the schema leads to "chnged": the record has no field "chnged". Did you mean "changed"?',
    ],
    ['segmentMemberships: { membershipPath: segmentMembership, personKey: { path: id } }', null],
    [
      'segmentMemberships: { membershipPath: id }',
      'inputs.segmentMemberships.membershipPath: "id" is text in the schema, but the memberships are a map of maps. Name another field.',
    ],
    [
      'segmentMemberships: { personKey: { path: count } }',
      'inputs.segmentMemberships.personKey.path: "count" is a number in the schema, but a person key is text. Name another field.',
    ],
  ])('%s', async (inputs, says) => {
    const config = await loadConfigWith(`inputs: { ${inputs} }`)
    const faults = [...checkProfilePaths(config, profile), ...checkMembershipPaths(config, memberships)]
    expect(faults.map(({ subject, message }) => `${subject}: ${message}`)).toEqual(
      says === null ? [] : [says],
    )
  })
})

describe('the e-mails', () => {
  async function emailFaults(type: unknown): Promise<readonly string[]> {
    const person = record('Person', { name })
    const root = type === undefined ? { person } : { identityMap: type, person }
    const shapes = shapesOf(compileSchema(JSON.stringify(record('Profile', root))).type)
    return checkProfilePaths(await loadConfigWith(), shapes).map(({ message }) => message)
  }

  it.each([
    ['a map', identityMap],
    [
      'a record with the namespace in another case',
      record('Ids', { EMAIL: { type: 'array', items: identity } }),
    ],
    ['lists of text', { type: 'map', values: { type: 'array', items: 'string' } }],
  ])('may be %s', async (_, type) => {
    expect(await emailFaults(type)).toEqual([])
  })

  it.each([
    ['nowhere', undefined, 'no field of the schema leads to "identityMap"'],
    [
      'in a record without the namespace',
      record('Ids', { Emial: { type: 'array', items: identity } }),
      'the schema has no namespace "Email" in identityMap. Did you mean "Emial"?',
    ],
    [
      'no list',
      { type: 'map', values: 'string' },
      '"identityMap.Email" is text, and no list of identities with an id.',
    ],
    ['text', 'string', '"identityMap" is text, and no list of identities with an id.'],
    [
      'identities without a text as id',
      { type: 'map', values: { type: 'array', items: record('I', { id: 'int' }) } },
      '"identityMap.Email" is a list, and no list of identities with an id.',
    ],
  ])('must not be %s', async (_, type, says) => {
    expect(await emailFaults(type)).toEqual([expect.stringContaining(says)])
  })
})
