import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runToEnd } from '../support/program.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-smoke-'))
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

async function configOf(text: string): Promise<string> {
  const file = path.join(folder, 'config.yaml')
  await writeFile(file, text)
  return file
}

const packageFile = new URL('../../package.json', import.meta.url)

describe('the built program, with plain node', () => {
  it('explains itself with --help, and so does its command', async () => {
    const [program, command] = await Promise.all([runToEnd(['--help']), runToEnd(['run', '--help'])])
    expect(program).toMatchObject({ code: 0, stderr: '' })
    expect(program.stdout).toMatch(/^Usage: zendesk-activation /)
    for (const name of ['run', 'check', 'topics'])
      expect(program.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
    expect(command).toMatchObject({ code: 0, stderr: '' })
    expect(command.stdout).toMatch(/--config <file>/)
    expect(command.stdout).toMatch(/--stage <stage>.*"all",\s+"assemble",\s+"deliver"/s)
  })

  it('tells its version', async () => {
    const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string }
    expect(await runToEnd(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([
    { words: [], says: /^Usage: zendesk-activation / },
    { words: ['go'], says: /unknown command 'go'/ },
    { words: ['run'], says: /required option '-c, --config <file>' not specified/ },
    { words: ['check'], says: /required option '-c, --config <file>' not specified/ },
    { words: ['topics', '--config', 'x.yaml'], says: /one of the options '--create' and '--diff' is needed/ },
    { words: ['topics', '--config', 'x.yaml', '--create', '--diff'], says: /'--create' cannot be used with/ },
    { words: ['run', '--config', 'x.yaml', '--colour'], says: /unknown option '--colour'/ },
    { words: ['verify'], says: /required option '-c, --config <file>' not specified/ },
    {
      words: ['verify', '--config', 'x.yaml', '--rate', '11'],
      says: /must be a number above 0 and up to 10/,
    },
    { words: ['verify', '--config', 'x.yaml', '--sample', '1.5'], says: /must be a whole number above 0/ },
    { words: ['preview', '--config', 'x.yaml'], says: /say what to preview/ },
    { words: ['run', '--config', 'x.yaml', '--stage', 'both'], says: /'both' is invalid.*assemble, deliver/ },
  ])(
    'called wrongly ($words) it says so on stderr, with its usage, and exits with 2',
    async ({ words, says }) => {
      const run = await runToEnd(words)
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(says)
      expect(run.stderr).toMatch(/^Usage: /m)
      expect(run.stderr).not.toMatch(/^\s+at /m)
    },
  )
})

const newcomers = `kafka:
  brokers: [localhost:9092]
schemaRegistry:
  url: http://localhost:8081
mapping:
  - { source: identityMap.Email, target: email }
  - { source: person.name.firstName, target: frist_name }
  - { source: loyalty.tier, target: favourite_colour }
audiences:
  - { namespace: ups, segmentId: abc, mappingId: VIP, kind: account }
zendesk:
  tokenFile: no-such-token
`

describe('a configuration that is wrong', () => {
  it('is refused with 2 and one message that tells all of it, with lines and remedies', async () => {
    const file = await configOf(newcomers)
    const run = await runToEnd(['run', '--config', file])
    expect(run).toMatchObject({ code: 2, stdout: '' })
    const lines = run.stderr.trimEnd().split('\n')
    const problems = [
      /:5 {2}mapping: .*last_name/,
      /:7 {2}mapping\[1\]\.target: .*"frist_name".*Did you mean "first_name"\?/,
      /:8 {2}mapping\[2\]\.target: .*"favourite_colour"/,
      /:10 {2}audiences\[0\]\.kind: .*account/,
      /:12 {2}zendesk\.tokenFile: there is no such file/,
    ]
    expect(lines).toHaveLength(problems.length)
    for (const problem of problems) expect(lines).toContainEqual(expect.stringMatching(problem))
    expect(lines.every((line) => line.startsWith(file))).toBe(true)
  })

  it.each([
    { name: 'is not there', text: null, says: /config\.yaml {2}there is no such file/ },
    { name: 'is no YAML', text: 'kafka: [', says: /config\.yaml:\d+ {2}/ },
    { name: 'is empty', text: '', says: /config\.yaml/ },
  ])('is refused with 2 where the file $name', async ({ text, says }) => {
    const file = await configOf(text ?? '')
    if (text === null) await rm(file)
    const run = await runToEnd(['run', '--config', file])
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(says)
    expect(run.stderr).not.toMatch(/^\s+at /m)
  })
})
