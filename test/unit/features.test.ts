import { describe, expect, it } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSource } from '../../src/config/document.ts'
import { memberOf } from '../../src/config/problems.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const reference = parseSource(read('config/reference.yaml')).root

/** One row of a table of docs/features.md. */
interface Feature {
  readonly capability: string
  readonly state: string
  /** Options: `mapping[].type`. */
  readonly options: readonly string[]
  /** Test files, each with the names of the tests in it. */
  readonly tests: readonly { readonly file: string; readonly names: readonly string[] }[]
}

const features = read('docs/features.md')
  .split('\n')
  .filter((line) => /^\| (?!capability|-)/.test(line))
  .map((line): Feature => {
    const [capability = '', state = '', turnedOn = '', shown = ''] = line
      .slice(1)
      .split(' | ')
      .map((cell) => cell.trim())
    return {
      capability,
      state,
      options: [...turnedOn.matchAll(/`([^`]+)`/g)].map(([, option = '']) => option),
      tests: [...shown.matchAll(/\]\(\.\.\/(test\/[^)]+)\)((?: "(?:[^"]+)",?)*)/g)].map(
        ([, file = '', quoted = '']) => ({
          file,
          names: [...quoted.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
        }),
      ),
    }
  })

/** True where the reference has the option, in any row of a list that is on the way to it. */
function isInReference(option: string): boolean {
  const found = option.split('.').reduce<readonly unknown[]>(
    (places, step) => {
      const members = places.map((place) => memberOf(place, step.replace('[]', '')))
      return step.endsWith('[]')
        ? members.flatMap((list) => (Array.isArray(list) ? (list as readonly unknown[]) : []))
        : members
    },
    [reference],
  )
  return found.some((value) => value !== undefined)
}

describe('docs/features.md', () => {
  it('says of every capability that it is in, with a test that shows it, or not in yet', () => {
    expect(features.length).toBeGreaterThan(45)
    expect(features.filter(({ state }) => state !== 'in' && state !== 'not in yet')).toEqual([])
    const unshown = features.filter(({ state, tests }) => (state === 'in') !== tests.length > 0)
    expect(unshown.map(({ capability }) => capability)).toEqual([])
  })

  it('names test files that exist, and tests that are in them', () => {
    const tests = features.flatMap((feature) => feature.tests)
    expect(tests.map(({ file }) => file).filter((file) => !existsSync(path.join(root, file)))).toEqual([])
    const missing = tests.flatMap(({ file, names }) =>
      names
        .filter((name) => !read(file).replaceAll("\\'", "'").includes(name))
        .map((name) => `${file}: ${name}`),
    )
    expect(missing).toEqual([])
  })

  it('names options that config/reference.yaml has', () => {
    const options = features.flatMap((feature) => feature.options)
    expect(options.length).toBeGreaterThan(20)
    expect(options.filter((option) => !isInReference(option))).toEqual([])
    expect(
      ['mapping[].typ', 'mapping.type', 'zendesk.tokenfile', 'audiences[].x.y'].filter(isInReference),
    ).toEqual([])
  })
})
