import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Application, createApplication, sharedStack } from '../support/application.ts'
import { type FinishedRun, runToEnd } from '../support/program.ts'
import { isQuiet } from '../support/progress-in-kafka.ts'

const page = fileURLToPath(new URL('../../docs/commands.md', import.meta.url))
const sample = fileURLToPath(new URL('../../sandbox/sample/people.ndjson', import.meta.url))

/** One call and what to say of it. */
interface Call {
  readonly words: readonly string[]
  readonly about: string
  readonly code: number
}

const calls: readonly Call[] = [
  { words: ['check'], code: 0, about: 'Before the first start, and before every change.' },
  { words: ['topics', '--diff'], code: 0, about: 'The internal topics beside what they should be.' },
  {
    words: ['preview', '--email', 'amara.okafor@example.com'],
    code: 0,
    about: 'What a contact should hold, and where each field comes from.',
  },
  {
    words: ['replay', '--topic', 'segment-memberships', '--dry-run'],
    code: 0,
    about: 'What a replay would read, by day and audience. A record may name several audiences.',
  },
  { words: ['replay', '--topic', 'profiles', '--id', 'example'], code: 0, about: 'The replay itself.' },
  { words: ['dead-letters', 'list'], code: 0, about: 'What could not be used, and why.' },
  {
    words: ['dead-letters', 'redrive', '--all', '--dry-run'],
    code: 0,
    about: 'What would be sent once more.',
  },
  {
    words: ['verify', '--rate', '10'],
    code: 1,
    about: 'Somebody has edited one contact by hand; `--repair` would have the program put it right.',
  },
]

let app: Application
let configFile: string
beforeAll(async () => {
  app = await createApplication()
  configFile = (await app.writeConfiguration()).file
  await app.loadFile(sample)
  const program = await app.start()
  await program.untilReady()
  await program.until('all is written', async () => isQuiet(app, [program]))
  await app.sell.edit('amara.okafor@example.com', { title: 'Edited by hand' })
}, 120_000)
afterAll(async () => app.dispose())

/** What differs from run to run, as it would be on a machine of a user; as wide as it was, since it stands in tables. */
function steady(text: string): string {
  const { brokers, registryUrl } = sharedStack()
  const addresses = [
    [brokers.join(), '127.0.0.1:39092'],
    [new URL(registryUrl).host, '127.0.0.1:38081'],
    [new URL(app.sell.url).host, '127.0.0.1:38900'],
  ] as const
  return addresses
    .reduce((all, [found, shown]) => all.replaceAll(found, shown), text)
    .replaceAll(app.id, 'demo-activation')
    .replaceAll(configFile, 'config.yaml')
    .replace(/\/tmp\/[\w./-]+\/(token|state-\d+)/g, '/etc/zendesk-activation/$1')
    .replace(
      /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g,
      (time) => '2026-01-31T09:30:00.000Z'.slice(0, time.length - 1).replace(/\.?$/, '') + 'Z',
    )
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '2026-01-31 09:30')
    .replace(/\d{4}-\d\d-\d\d/g, '2026-01-31')
    .replace(/\b\d+ members?\b/g, '1 member')
    .replace(/\bcontact \d+/g, 'contact 1001')
    .replace(/\b(active|released) +\d+/g, '$1  1001')
    .replace(/\b\d+(\.\d+)? s\b/g, '1 s')
    .replace(/[ \t]+$/gm, '')
}

async function transcript({ words, about, code }: Call): Promise<string> {
  const [command = '', ...rest] = words
  const isSub = command === 'dead-letters'
  const shown = isSub ? words.slice(0, 2) : [command]
  const options = isSub ? words.slice(2) : rest
  const run: FinishedRun = await runToEnd([...shown, '--config', configFile, ...options])
  expect([words, run.code, run.stderr.includes('    at ')]).toStrictEqual([words, code, false])
  const call = ['zendesk-activation', ...shown, '--config', 'config.yaml', ...options].join(' ')
  const output = steady(`${run.stderr}${run.stdout}`).trimEnd()
  return `## ${[...shown, ...options.filter((word) => word === '--dry-run')].join(' ')}\n\n${about}\n\n\`\`\`\n$ ${call}\n${output}\n\`\`\`\n`
}

const head = `# What the commands print

Each from a real run, with the [sample](../sandbox/sample/README.md) that the demo loads too. Addresses, times, and numbers of contacts
are replaced. A test (\`test/integration/transcripts.test.ts\`) runs all of it again and compares; \`npm run transcripts\` writes this
page.
`

describe('the page of transcripts', () => {
  it('shows what the commands print', async () => {
    const sections = []
    for (const call of calls) sections.push(await transcript(call))
    const written = [head, ...sections].join('\n')
    if (process.env['WRITE_TRANSCRIPTS'] === '1') await writeFile(page, written)
    expect(await readFile(page, 'utf8')).toBe(written)
  }, 180_000)
})
