import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { parseSource } from '../../../src/config/document.ts'
import { formatProblems, type Path, valueAt } from '../../../src/config/problems.ts'
import { optionsSchema } from '../../../src/config/schema.ts'
import { listOptions } from '../../../src/config/structure.ts'
import { closedValues, mappableFields } from '../../../src/domain/sell-fields.ts'
import { type ConfigFolder, createConfigFolder } from './config-folder.ts'

const fileOf = (name: string): string =>
  readFileSync(new URL(`../../../config/${name}`, import.meta.url), 'utf8')
const text = fileOf('reference.yaml')
const source = parseSource(text)
const lines = text.split('\n')

/** Every place of an option: one, or one in each row of its list that has it. */
function placesOf(option: string): readonly Path[] {
  const [list, member] = option.split('[].')
  if (list === undefined || member === undefined) return [option.split('.')]
  const rows = valueAt(source.root, [list]) as readonly unknown[]
  return rows
    .map((_, index) => [list, index, member])
    .filter((path) => valueAt(source.root, path) !== undefined)
}

/** The comment beside the option at `path`, or the lines of comment right above it. */
function commentOf(path: Path): string {
  const at = source.lineOf(path) - 1
  const beside = / # (.*)$/.exec(lines[at] ?? '')?.[1]
  if (beside !== undefined) return beside
  const above: string[] = []
  for (let index = at - 1; /^\s*#/.test(lines[index] ?? ''); index--) {
    above.unshift((lines[index] ?? '').replace(/^\s*# ?/, ''))
  }
  return above.join(' ')
}

type Schema = ReturnType<typeof listOptions>[number]['schema']

function parse(schema: Schema, value: unknown) {
  const parsed = z.safeParse(schema, value)
  return parsed.success
    ? ({ type: 'value', value: parsed.data } as const)
    : ({ type: 'refused', message: parsed.error.issues[0]?.message ?? '' } as const)
}

const options = listOptions(optionsSchema).map(({ path, schema }) => {
  const places = placesOf(path)
  const refused = parse(schema, { not: 'a value' })
  return {
    path,
    values: places.map((place) => valueAt(source.root, place)),
    comment: commentOf(places[0] ?? []),
    byDefault: parse(schema, undefined),
    expects: refused.type === 'refused' ? refused.message : '',
  }
})

/** Options whose default can be compared: the others have none, and the reference marks them as required. */
const optional = options.flatMap(({ byDefault, ...option }) =>
  byDefault.type === 'value' ? [{ ...option, value: byDefault.value }] : [],
)
const required = options.filter((option) => option.byDefault.type === 'refused')
const ranged = options.flatMap(({ path, comment, expects }) => {
  const range = /from (\d+) to (\d+)$/.exec(expects) ?? /one of (.+)$/.exec(expects)
  return range === null ? [] : [{ path, comment, range: range[0].replace(/^from /, '') }]
})

let folder: ConfigFolder
beforeAll(() => {
  folder = createConfigFolder()
})
afterAll(() => folder.remove())

describe('config/reference.yaml', () => {
  it('has every option of the schema', () => {
    expect(options.length).toBeGreaterThan(60)
    expect(options.filter((option) => option.values.length === 0 || option.values[0] === undefined)).toEqual(
      [],
    )
  })

  it('is valid, so that it has no option that the schema lacks', async () => {
    const loaded = await folder.load(text)
    expect(loaded.type === 'invalid' ? formatProblems(loaded.problems) : '').toBe('')
  })

  it.each(optional)('shows the default of $path', (option) => {
    expect(option.values).toContainEqual(option.value)
  })

  it.each(required)('says that $path is required', (option) => {
    expect(option.comment).toMatch(/^Required\. /)
  })

  it('calls nothing required that has a default', () => {
    expect(optional.filter((option) => option.comment.startsWith('Required.'))).toEqual([])
  })

  it.each(options)('explains $path, with its unit', ({ path, comment }) => {
    const unit = path.endsWith('Ms') ? 'Milliseconds' : path.includes('Bytes') ? 'Bytes' : ''
    expect(comment.length).toBeGreaterThan(15)
    expect(comment).toContain(unit)
  })

  it.each(ranged)('tells the values that $path takes', ({ range, comment }) => {
    expect(comment.toLowerCase()).toContain(range.toLowerCase())
  })

  it('names every contact attribute that can be a target, and the closed sets of values', () => {
    const comment = commentOf(['mapping', 0, 'target'])
    const words = new Set(comment.split(/[\s,()]+|\.(?=\s|$)/))
    const all = [...mappableFields, ...Object.values(closedValues).flat()]
    expect(all.filter((name) => !words.has(name))).toEqual([])
  })

  it('stays within 120 columns', () => {
    expect(lines.filter((line) => line.length > 120)).toEqual([])
  })
})

describe('config/example.yaml', () => {
  it('is valid and short', async () => {
    const example = fileOf('example.yaml')
    const loaded = await folder.load(example)
    expect(loaded.type === 'invalid' ? formatProblems(loaded.problems) : '').toBe('')
    expect(example.split('\n').length).toBeLessThan(30)
  })
})

describe('an option that names a file', () => {
  const files = options.filter((option) => option.path.endsWith('File'))

  it.each(files)('$path is looked at while loading', async ({ path }) => {
    const line = source.lineOf(path.split('.'))
    const spoilt = lines.map((text, index) =>
      index === line - 1 ? text.replace(/: \S+/, ': absent/file') : text,
    )
    const problems = await folder.problemsOf(spoilt.join('\n'))
    expect(problems).toContainEqual(
      expect.objectContaining({ line, path, message: expect.stringContaining('there is no such file') }),
    )
  })
})
