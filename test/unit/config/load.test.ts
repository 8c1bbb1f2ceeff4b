import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { loadConfig } from '../../../src/config/load.ts'
import { formatProblems } from '../../../src/config/problems.ts'
import { type ConfigFolder, configWith, createConfigFolder, token } from './config-folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = createConfigFolder()
})
afterAll(() => folder.remove())

const loadValid = async (text: string) => {
  const loaded = await folder.load(text)
  if (loaded.type === 'invalid') throw new Error(formatProblems(loaded.problems))
  return loaded.config
}

describe('a valid file', () => {
  it('hands over the mapping without the e-mail row, whose source names the identity', async () => {
    const mapping = [
      'mapping:',
      '  - { source: identityMap.EMAIL, target: email }',
      '  - { source: person.name.lastName, target: last_name, transforms: [trim, { default: "-" }] }',
      '  - { target: customer_status, transforms: [{ constant: current }] }',
      '  - { source: tiers, target: custom_fields.Tiers, transforms: [{ join: "" }, lowercase, date], type: list, choices: [a, b], whenNull: clear }',
    ].join('\n')
    const config = await loadValid(configWith({ mapping }))
    expect(config.identityNamespace).toBe('EMAIL')
    const untyped = { type: null, choices: [], whenNull: 'keep' }
    expect(config.fieldMappings).toEqual([
      {
        ...untyped,
        source: 'person.name.lastName',
        target: 'last_name',
        transforms: [{ type: 'trim' }, { type: 'default', value: '-' }],
      },
      {
        ...untyped,
        source: null,
        target: 'customer_status',
        transforms: [{ type: 'constant', value: 'current' }],
      },
      {
        source: 'tiers',
        type: 'list',
        choices: ['a', 'b'],
        whenNull: 'clear',
        target: 'custom_fields.Tiers',
        transforms: [{ type: 'join', separator: '' }, { type: 'lowercase' }, { type: 'date' }],
      },
    ])
  })

  it('hands over audiences with their dates as epoch milliseconds', async () => {
    const audiences = [
      'audiences:',
      '  - { namespace: ups, segmentId: a, mappingId: A, name: The As, startDate: 2026-01-31, endDate: "2026-02-01T01:00:00+01:00" }',
      '  - { namespace: ups, segmentId: b, mappingId: B, kind: people, retired: true }',
    ].join('\n')
    const none = { name: null, description: null, startMs: null, endMs: null, retired: false }
    expect((await loadValid(configWith({}, audiences))).audiences).toEqual([
      {
        ...none,
        namespace: 'ups',
        segmentId: 'a',
        mappingId: 'A',
        name: 'The As',
        startMs: Date.UTC(2026, 0, 31),
        endMs: Date.UTC(2026, 1, 1),
      },
      { ...none, namespace: 'ups', segmentId: 'b', mappingId: 'B', retired: true },
    ])
  })

  it('leaves TLS, SASL and credentials out where none are named', async () => {
    const config = await loadValid(configWith())
    expect([config.kafka.tls, config.kafka.sasl, config.schemaRegistry.credentials]).toEqual([
      null,
      null,
      null,
    ])
  })

  it('makes file names absolute from the folder of the file, and holds no secret', async () => {
    const kafka = [
      'kafka:',
      '  brokers: ["[::1]:9092", kafka-1.example.com:9093]',
      '  tls: { enabled: true, caFile: secrets/ca.pem, certFile: secrets/ca.pem, keyFile: secrets/ca.pem }',
      '  sasl: { mechanism: scram-sha-512, usernameFile: secrets/user, passwordFile: secrets/password }',
    ].join('\n')
    const schemaRegistry =
      'schemaRegistry: { url: https://r:8443/apis/ccompat/v7/, usernameFile: secrets/user, passwordFile: secrets/password }'
    const config = await loadValid(configWith({ kafka, schemaRegistry }))
    const at = (name: string): string => path.join(folder.path, 'secrets', name)
    const credentials = { usernameFile: at('user'), passwordFile: at('password') }
    expect(config.kafka.tls).toEqual({
      caFile: at('ca.pem'),
      client: { certFile: at('ca.pem'), keyFile: at('ca.pem') },
    })
    expect(config.kafka.sasl).toEqual({ mechanism: 'scram-sha-512', ...credentials })
    expect(config.schemaRegistry).toMatchObject({ url: 'https://r:8443/apis/ccompat/v7', credentials })
    expect(config.zendesk.tokenFile).toBe(at('zendesk-token'))
    expect(JSON.stringify(config)).not.toContain(token)
  })

  it('names the file of a token for OAUTHBEARER', async () => {
    const sasl = 'sasl: { mechanism: oauthbearer, tokenFile: secrets/zendesk-token }'
    const config = await loadValid(configWith({ kafka: `kafka:\n  brokers: [b:9093]\n  ${sasl}` }))
    const tokenFile = path.join(folder.path, 'secrets', 'zendesk-token')
    expect(config.kafka.sasl).toEqual({ mechanism: 'oauthbearer', tokenFile })
    expect(JSON.stringify(config)).not.toContain(token)
  })

  it.each([
    { name: 'beside the file, where it does not say', sections: [], below: 'state' },
    { name: 'below the folder of the file', sections: ['state: { directory: data/za }'], below: 'data/za' },
    { name: 'where it says', sections: ['state: { directory: /var/lib/za }'], below: '/var/lib/za' },
  ])('has stores on disk: $name', async ({ sections, below }) => {
    const { state } = await loadValid(configWith({}, ...sections))
    expect(state).toEqual({
      store: 'disk',
      directory: path.resolve(folder.path, below),
      keepUnusedMs: 3_600_000,
    })
  })

  it('takes a section without options for an empty one', async () => {
    const config = await loadValid(configWith({}, 'http:', 'audiences:', 'deliver:', '  retry:'))
    expect([config.http.port, config.audiences, config.deliver.retry.maxMs]).toEqual([9464, [], 300_000])
  })

  it('is frozen to its leaves', async () => {
    const config = await loadValid(configWith())
    const open: string[] = []
    const visit = (value: unknown, place: string): void => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) open.push(place)
      for (const [name, member] of Object.entries(value)) visit(member, `${place}.${name}`)
    }
    visit(config, 'config')
    expect(open).toEqual([])
  })
})

describe('a file that is none', () => {
  it.each([
    ['is empty', '', 'the file is empty. Start from config/example.yaml.'],
    ['holds comments alone', '# nothing\n', 'the file is empty. Start from config/example.yaml.'],
    [
      'holds a list',
      '- kafka\n',
      'the file must hold a map of options such as "kafka:". Start from config/example.yaml.',
    ],
    [
      'holds text',
      'kafka',
      'the file must hold a map of options such as "kafka:". Start from config/example.yaml.',
    ],
    [
      'is too large',
      `# ${'x'.repeat(1_048_576)}`,
      'the file is larger than 1048576 bytes. Is it the right one?',
    ],
  ])('%s: that alone is said', async (_, text, message) => {
    expect((await folder.problemsOf(text)).map((problem) => problem.message)).toEqual([message])
  })

  it('does not exist: that alone is said, with the name as given', async () => {
    const message = 'there is no such file. Check the path, or start from config/example.yaml.'
    const file = path.join(folder.path, 'absent.yaml')
    const loaded = await loadConfig(file)
    expect(loaded).toEqual({ type: 'invalid', problems: [{ file, line: null, path: '', message }] })
  })

  it('is a folder, or lies below a file: that alone is said', async () => {
    mkdirSync(path.join(folder.path, 'folder.yaml'))
    const file = folder.write('a.yaml', '')
    const inFolder = await loadConfig(path.join(folder.path, 'folder.yaml'))
    const belowFile = await loadConfig(path.join(file, 'b.yaml'))
    expect([inFolder, belowFile]).toMatchObject([
      { problems: [{ message: 'this is no file. Name the YAML file itself.' }] },
      { problems: [{ message: 'the file cannot be read (ENOTDIR). Check its permissions.' }] },
    ])
  })
})

describe('a secret', () => {
  it.each([
    ['in place of its file', { zendesk: `zendesk: { tokenFile: ${token} }` }],
    ['in place of its file, with a slash', { zendesk: `zendesk: { tokenFile: ab/${token} }` }],
    ['as the whole section', { zendesk: `zendesk: ${token}` }],
    [
      'under an unknown option',
      { zendesk: `zendesk: { token: ${token}, tokenFile: secrets/zendesk-token }` },
    ],
    ['as the name of an option', { zendesk: `zendesk: { ${token}: x }` }],
    ['under another option', { zendesk: `zendesk: { tokenFile: secrets/zendesk-token, origin: ${token} }` }],
    ['in an address', { schemaRegistry: `schemaRegistry: { url: "https://user:${token}@registry/" }` }],
    ['behind a syntax error', { zendesk: `zendesk: { tokenFile: "${token}\\q" }` }],
    ['as a broken alias', { zendesk: `zendesk: { tokenFile: *${token} }` }],
    ['as a tag', { zendesk: `zendesk: { tokenFile: !${token} x }` }],
    [
      'in a file of another kind',
      { kafka: 'kafka: { brokers: [a:1], tls: { enabled: true, caFile: secrets/zendesk-token } }' },
    ],
  ])('%s is refused and not told', async (_, sections) => {
    const text = formatProblems(await folder.problemsOf(configWith(sections)))
    expect(text).toMatch(/^.+config\.yaml:\d+ {2}/)
    expect(text).not.toContain(token.slice(0, 12))
  })
})
