import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { formatProblems } from '../../../src/config/problems.ts'
import { type ConfigFolder, createConfigFolder } from './config-folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = createConfigFolder()
})
afterAll(() => folder.remove())

/** A line of a valid file and, for some, how to spoil it and the one problem that makes. */
interface Line {
  readonly good: string
  readonly bad?: string
  readonly path?: string
  readonly says?: string
  /** The good line to which the problem belongs, where that is not the last of `bad`. */
  readonly at?: string
}

const line = (good: string): Line => ({ good })
const fault = (good: string, bad: string, path: string, says: string, at?: string): Line => ({
  good,
  bad,
  path,
  says,
  ...(at !== undefined && { at }),
})

const lines: readonly Line[] = [
  fault('applicationId: demo', 'applicationId: -demo', 'applicationId', 'must be 1 to 200 letters'),
  line('kafka:'),
  fault('  brokers: [localhost:9092]', '  brokers: localhost:9092', 'kafka.brokers', 'must be a list'),
  fault('  clientId: demo', '  clientID: demo', 'kafka.clientID', 'Did you mean "clientId"?'),
  fault('  sessionTimeoutMs: 30000', '  sessionTimeoutMs: 30s', 'kafka.sessionTimeoutMs', 'found "30s"'),
  fault('  maxWaitTimeMs: 1000', '  maxWaitTimeMs: 0', 'kafka.maxWaitTimeMs', 'from 1 to 60000, found 0'),
  fault(
    '  commitIntervalMs: 10',
    '  commitIntervalMs: 10\n  commitIntervalMs: 20',
    'kafka.commitIntervalMs',
    'also written',
  ),
  line('  sasl:'),
  line('    mechanism: plain'),
  fault('    usernameFile: secrets/user', '', 'kafka.sasl.usernameFile', 'is missing', '  sasl:'),
  fault(
    '    passwordFile: secrets/password',
    '    passwordFile: secrets/empty',
    'kafka.sasl.passwordFile',
    'is empty',
  ),
  line('schemaRegistry:'),
  fault('  url: http://registry', '', 'schemaRegistry.url', 'is missing', 'schemaRegistry:'),
  fault('  timeoutMs: 5000', '  timeoutMs: "5000"', 'schemaRegistry.timeoutMs', 'Remove the quotes'),
  fault(
    '  compatibility: FULL',
    '  compatibility: Ful',
    'schemaRegistry.compatibility',
    'Did you mean "FULL"?',
  ),
  line('inputs:'),
  line('  profiles:'),
  fault('    eventTimePath: a.b', '    eventTimePath: a..b', 'inputs.profiles.eventTimePath', 'no path'),
  line('statusWords:'),
  fault('  exited: left', '  exited: realized', 'statusWords.exited', 'the same word'),
  line('zendesk:'),
  fault('  origin: https://sell', '  origin: http://sell', 'zendesk.origin', 'must begin with https://'),
  fault(
    '  tokenFile: secrets/zendesk-token',
    '  tokenFile: secrets/none',
    'zendesk.tokenFile',
    'no such file',
  ),
  fault('  requestsPerSecond: 9', '  requestsPerSecond: 11', 'zendesk.requestsPerSecond', 'up to 10'),
  line('deadLetter:'),
  fault(
    '  maxMessageBytes: 8388608',
    '  maxMessageBytes: 1048577',
    'deadLetter.maxMessageBytes',
    'must be at least',
  ),
  fault('erasure: { policy: exit }', 'erasure: { policy: delete }', 'erasure.policy', 'not supported yet'),
  line('mapping:'),
  fault(
    '  - { source: identityMap.Email, target: email }',
    '  - { source: identityMap.email_md5, target: email }',
    'mapping[0].source',
    'hashes',
  ),
  fault(
    '  - { source: a, target: title }',
    '  - { source: a.__proto__, target: title }',
    'mapping[1].source',
    'not allowed',
  ),
  fault(
    '  - { source: a, target: phone }',
    '  - { source: a, target: fone }',
    'mapping[2].target',
    'no contact attribute "fone"',
  ),
  fault(
    '  - { source: a, target: fax }',
    '  - { source: a, target: title }',
    'mapping[3].target',
    'already the target of mapping[1]',
  ),
  fault(
    '  - { source: a, target: mobile, transforms: [trim] }',
    '  - { source: a, target: mobile, transforms: [trem] }',
    'mapping[4].transforms[0]',
    'Did you mean "trim"?',
  ),
  line('  - { source: a, target: custom_fields.Tier }'),
  fault(
    '  - { source: a, target: last_name }',
    '',
    'mapping',
    'no row with the target last_name',
    'mapping:',
  ),
  line('audiences:'),
  line('  - namespace: ups'),
  line('    segmentId: one'),
  line('    mappingId: One'),
  fault('    kind: people', '    kind: account', 'audiences[0].kind', 'found "account"'),
  fault('    startDate: 2026-02-28', '    startDate: 2026-02-30', 'audiences[0].startDate', 'must be a date'),
  line('  - namespace: ups'),
  fault('    segmentId: two', '    segmentId: one', 'audiences[1].segmentId', 'already audiences[0]'),
  fault(
    '    mappingId: Two',
    '    mappingId: One',
    'audiences[1].mappingId',
    'already the field of audiences[0]',
  ),
  line('  - namespace: ups'),
  fault('    segmentId: "3"', '    segmentId: 3', 'audiences[2].segmentId', 'Put it in quotes'),
  fault(
    '    mappingId: Three',
    '    mappingId: Tier',
    'audiences[2].mappingId',
    'already the target of mapping[5]',
  ),
  line('    startDate: 2026-02-01'),
  fault('    endDate: 2026-03-01', '    endDate: 2026-01-01', 'audiences[2].endDate', 'must be after'),
  line('logging:'),
  fault('  level: info', '  level: *info', 'logging.level', 'aliases (*) are not supported'),
  line('http:'),
  fault('  port: 9464', '  port:', 'http.port', 'has no value'),
  fault('  host: localhost', '  <<: { host: localhost }', 'http["<<"]', 'merge keys'),
  fault('shutdownTimeoutMs: 10000', 'colour: red', 'colour', 'there is no such option'),
]

const faults = lines.filter((candidate) => candidate.bad !== undefined)

/** The file with `spoilt` lines, and `line path: what it says` for each, in the order of the lines. */
function plant(spoilt: ReadonlySet<Line>) {
  const text: string[] = []
  const lineOf = new Map<string, number>()
  const expected: { line: number; path: string; says: string }[] = []
  for (const { good, bad, path, says, at } of lines.map((entry) =>
    spoilt.has(entry) ? entry : { ...entry, bad: undefined },
  )) {
    const written = bad ?? good
    if (written !== '') text.push(...written.split('\n'))
    lineOf.set(good, text.length)
    if (bad !== undefined)
      expected.push({ line: lineOf.get(at ?? good) ?? 0, path: path ?? '', says: says ?? '' })
  }
  return { text: `${text.join('\n')}\n`, expected }
}

describe('everything that is wrong', () => {
  it('is nothing in the file that the faults are planted into', async () => {
    expect(await folder.load(plant(new Set()).text)).toMatchObject({ type: 'config' })
  })

  it.each(faults)('at $path is one problem alone', async (each) => {
    const { text, expected } = plant(new Set([each]))
    expect(await folder.problemsOf(text)).toEqual(
      expected.map(({ line, path, says }) => ({
        file: expect.stringMatching(/config\.yaml$/),
        line,
        path,
        message: expect.stringContaining(says),
      })),
    )
  })

  it('is reported at once, each on its line, whatever else is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray([...faults]), async (some) => {
        const { text, expected } = plant(new Set(some))
        const problems = await folder.problemsOf(text)
        const missed = expected.filter(
          ({ line, path, says }) =>
            !problems.some(
              (problem) => problem.line === line && problem.path === path && problem.message.includes(says),
            ),
        )
        expect({ missed, count: problems.length }).toEqual({ missed: [], count: expected.length })
      }),
      { numRuns: 100, examples: [[[...faults]]] },
    )
  })

  it('is said in words of the file, not of the program', async () => {
    const text = formatProblems(await folder.problemsOf(plant(new Set(faults)).text))
    expect(text.split('\n')).toHaveLength(faults.length)
    expect(text).not.toMatch(
      /invalid input|expected|received|undefined|nullish|unrecognized|zod|NaN|\[object/i,
    )
  })

  it('comes in the order of the lines', async () => {
    const numbers = (await folder.problemsOf(plant(new Set(faults)).text)).map((problem) => problem.line ?? 0)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })
})
