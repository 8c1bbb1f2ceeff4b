import { parse } from 'yaml'

/** A value of the chart, as its documentation has it. */
export interface DocumentedValue {
  /** Names from the top, as in `image.tag`. */
  readonly path: string
  readonly description: string
  readonly fallback: unknown
}

const begin = '<!-- values: begin, by npm run chart:docs -->'
const end = '<!-- values: end -->'

/**
 * The values in the text of a values.yaml that have a comment `# -- ...` before them, in order; further comment lines
 * below it go on. The fallback is what stands in the file.
 */
export function documentedValues(text: string): readonly DocumentedValue[] {
  const defaults: unknown = parse(text)
  const found: DocumentedValue[] = []
  const open: { readonly indent: number; readonly name: string }[] = []
  let description: string | null = null
  for (const line of text.split('\n')) {
    const [, comment] = /^\s*# ?(.*)$/.exec(line) ?? []
    if (comment !== undefined) {
      if (comment.startsWith('-- ')) description = comment.slice(3)
      else if (description !== null) description += ` ${comment}`
      continue
    }
    const [, space = '', name] = /^( *)([A-Za-z_]\w*):/.exec(line) ?? []
    if (name !== undefined) {
      while ((open.at(-1)?.indent ?? -1) >= space.length) open.pop()
      open.push({ indent: space.length, name })
      const names = open.map((one) => one.name)
      if (description !== null) {
        const fallback = names.reduce<unknown>(
          (at, key) => (at as Readonly<Record<string, unknown>>)[key],
          defaults,
        )
        found.push({ path: names.join('.'), description, fallback })
      }
    }
    description = null
  }
  return found
}

/** Every value in the text of a values.yaml that no comment of its own or of a value above it explains. */
export function undocumentedValues(text: string): readonly string[] {
  const documented = documentedValues(text).map(({ path }) => path)
  return leaves(parse(text)).filter(
    (leaf) => !documented.some((path) => leaf === path || leaf.startsWith(`${path}.`)),
  )
}

function leaves(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  const entries = Object.entries(value)
  if (entries.length === 0) return [path]
  return entries.flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
}

/** `readme` with the table of the values in `valuesText` between its two marks. Throws where it lacks them. */
export function withValuesTable(readme: string, valuesText: string): string {
  const from = readme.indexOf(begin)
  const to = readme.indexOf(end)
  if (from === -1 || to < from) throw new Error(`the README lacks the lines ${begin} and ${end}`)
  const rows = documentedValues(valuesText).map(
    ({ path, description, fallback }) => `| \`${path}\` | ${cell(description)} | ${shown(fallback)} |`,
  )
  const table = ['| value | what it is | default |', '| --- | --- | --- |', ...rows].join('\n')
  return `${readme.slice(0, from)}${begin}\n\n${table}\n\n${readme.slice(to)}`
}

function shown(fallback: unknown): string {
  const text = JSON.stringify(fallback)
  return text.length > 60 ? 'see values.yaml' : `\`${cell(text)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
