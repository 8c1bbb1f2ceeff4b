import { describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'
import { parse } from 'yaml'

import { documentedValues, undocumentedValues, withValuesTable } from '../../chart/values-table.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const chart = (file: string): string => read(`helm/zendesk-activation/${file}`)

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly definitions?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
}

const schema = JSON.parse(chart('values.schema.json')) as Schema
const validate = new Ajv({ allErrors: true, strictTypes: false }).compile(schema)

/** Objects of the schema that take any name: maps of whoever installs, and parts of Kubernetes' own objects. */
function openObjects(of: Schema, place = ''): readonly string[] {
  const inner = [
    ...Object.entries(of.properties ?? {}).flatMap(([name, one]) => openObjects(one, `${place}/${name}`)),
    ...Object.entries(of.definitions ?? {}).flatMap(([name, one]) => openObjects(one, `#${name}`)),
    ...(of.items === undefined ? [] : openObjects(of.items, `${place}[]`)),
  ]
  return of.type === 'object' && of.additionalProperties !== false ? [place, ...inner] : inner
}

describe('the documentation of values', () => {
  const text = `# A file.
# -- First,
# and more.
a: 1
b:
  # No row.
  c: x
  # -- Third | fourth.
  d: [y]
`

  it('is read from the comments of values.yaml', () => {
    expect(documentedValues(text)).toEqual([
      { path: 'a', description: 'First, and more.', fallback: 1 },
      { path: 'b.d', description: 'Third | fourth.', fallback: ['y'] },
    ])
    expect(undocumentedValues(text)).toEqual(['b.c'])
  })

  it('becomes a table between two marks, which must be there', () => {
    const marks = '<!-- values: begin, by npm run chart:docs -->\nold\n<!-- values: end -->\nrest'
    const readme = withValuesTable(`start\n${marks}`, text)
    expect(readme).toContain('| `a` | First, and more. | `1` |\n| `b.d` | Third \\| fourth. | `["y"]` |\n')
    expect(readme).not.toContain('old')
    expect(readme.startsWith('start\n') && readme.endsWith('rest')).toBe(true)
    expect(() => withValuesTable('start', text)).toThrow('the README lacks')
  })
})

describe('the chart', () => {
  it('explains every value, in a README that is up to date', async () => {
    expect(undocumentedValues(chart('values.yaml'))).toEqual([])
    const readme = withValuesTable(chart('README.md'), chart('values.yaml'))
    const options = JSON.parse(read('.prettierrc.json')) as object
    expect(await format(readme, { ...options, parser: 'markdown' })).toBe(chart('README.md'))
  })

  it('names files that exist in its README', () => {
    const links = [...chart('README.md').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) =>
      path.join('helm/zendesk-activation', link),
    )
    expect(links.length).toBeGreaterThan(3)
    expect(links.filter((link) => !existsSync(path.join(root, link)))).toEqual([])
  })

  it('is of the version of the program', () => {
    const { appVersion } = parse(chart('Chart.yaml')) as { appVersion: string }
    expect(appVersion).toBe((JSON.parse(read('package.json')) as { version: string }).version)
  })

  it('takes its own defaults, and has a schema for each of them', () => {
    const values = parse(chart('values.yaml')) as Readonly<Record<string, unknown>>
    validate(values)
    expect(validate.errors ?? []).toEqual([])
    const names = Object.keys(schema.properties ?? {}).filter((name) => name !== 'global')
    expect(names.sort()).toEqual(Object.keys(values).sort())
  })

  it('takes each example', () => {
    const files = readdirSync(path.join(root, 'test/chart/values'))
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      validate(parse(read(`test/chart/values/${file}`)))
      expect({ file, errors: validate.errors ?? [] }).toEqual({ file, errors: [] })
    }
  })

  it('refuses every name that it does not know, but in maps whose names are not its own', () => {
    expect([...openObjects(schema)].sort()).toEqual(
      [
        '#resources/limits',
        '#resources/requests',
        '#stringMap',
        '/affinity',
        '/config',
        '/config/http',
        '/config/inputs',
        '/config/inputs/profiles',
        '/config/inputs/segmentMemberships',
        '/config/kafka',
        '/config/kafka/sasl',
        '/config/kafka/tls',
        '/config/schemaRegistry',
        '/config/state',
        '/config/zendesk',
        '/env',
        '/global',
        '/networkPolicy/egress/extra[]',
        '/tolerations[]',
        '/topologySpreadConstraints[]',
        '#monitor/metricRelabelings[]',
        '#monitor/relabelings[]',
        '#peers[]',
      ].sort(),
    )
  })
})
