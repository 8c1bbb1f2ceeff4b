import { describe, expect, it } from '@jest/globals'
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

/** A file that a document names, from the root, and the tests that it names of it. */
interface Named {
  readonly file: string
  readonly tests: readonly string[]
}

/** Links, each with the quoted texts that follow it, and paths in code. */
function namedIn(document: string): readonly Named[] {
  const text = read(document)
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)((?: "(?:[^"]+)",?)*)/g)].map(
    ([, target = '', quoted = '']) => ({
      file: path.normalize(path.join(path.dirname(document), target)),
      tests: [...quoted.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
    }),
  )
  const codes = [...text.matchAll(/`((?:test|docs|src|sandbox|config)\/[\w./-]+)`/g)].map(
    ([, file = '']) => ({ file, tests: [] }),
  )
  return [...links, ...codes]
}

/** What a test file says, with the quotes in its names as they are read. */
function namesIn(file: string): string {
  return read(file).replaceAll("\\'", "'")
}

const documents = ['docs/faults.md', 'SPEC.md']

describe.each(documents)('%s', (document) => {
  const named = namedIn(document)

  it('names files that exist', () => {
    expect(named.length).toBeGreaterThan(20)
    expect(named.map(({ file }) => file).filter((file) => !existsSync(path.join(root, file)))).toEqual([])
  })

  it('names tests that exist', () => {
    const missing = named.flatMap(({ file, tests }) =>
      statSync(path.join(root, file)).isDirectory()
        ? []
        : tests.filter((name) => !namesIn(file).includes(name)).map((name) => `${file}: ${name}`),
    )
    expect(missing).toEqual([])
  })

  it('names commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> }
    const commands = [...read(document).matchAll(/`npm run ([\w-]+)(?: -- ([a-z]+))?/g)]
    expect(commands.map(([, script = '']) => script).filter((script) => !(script in scripts))).toEqual([])
    const scenarios = commands.flatMap(([, script, word]) =>
      script === 'chaos' && word !== undefined ? [word] : [],
    )
    expect(scenarios.filter((name) => !existsSync(path.join(root, `test/chaos/${name}.ts`)))).toEqual([])
  })
})

it('docs/faults.md has a row for each fault, in order, with what shows it', () => {
  const rows = [...read('docs/faults.md').matchAll(/^\| \*\*F(\d+)\*\* .*$/gm)]
  expect(rows.map(([, number]) => Number(number))).toEqual(
    Array.from({ length: 32 }, (_, index) => index + 1),
  )
  const unshown = rows.filter(([row]) => !row.includes('](../test/')).map(([, number]) => number)
  expect(unshown).toEqual([])
})
