import { z } from 'zod'

import type { Transform } from '../domain/mapping.ts'
import { withoutPreprocess } from './options.ts'
import { type Finding, formatPath, memberOf, type Path, showValue, valueAt } from './problems.ts'
import { closest } from './suggestion.ts'

/** What the schema says of the document `root`: unknown options, wrong types and ranges, missing options. */
export function checkStructure(schema: z.ZodType, root: unknown): readonly Finding[] {
  const optionPaths = listOptions(schema).map((option) => option.path)
  const issues = schema.safeParse(root).error?.issues ?? []
  return issues.flatMap((issue): readonly Finding[] => {
    const path = issue.path.filter((step) => typeof step !== 'symbol')
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...path, key], message: unknownOption(path, key, optionPaths) }))
      : [describe(issue, path, valueAt(root, path))]
  })
}

/** One option: its place, with `[]` for any row of a list (`mapping[].target`), and its schema. */
export interface Option {
  readonly path: string
  readonly schema: z.core.$ZodType
}

/** Every option that is not a section itself. A list of maps gives one option for each member of a row. */
export function listOptions(schema: z.core.$ZodType, path = ''): readonly Option[] {
  const inner = withoutPreprocess(schema)
  if (inner instanceof z.ZodObject) {
    const members = Object.entries<z.core.$ZodType>(inner.shape)
    return members.flatMap(([name, member]) => listOptions(member, path === '' ? name : `${path}.${name}`))
  }
  if (inner instanceof z.ZodArray && withoutPreprocess(inner.element) instanceof z.ZodObject) {
    return listOptions(inner.element, `${path}[]`)
  }
  return [{ path, schema }]
}

/** `T` of which any leaf, and any row of a list, may be missing because it was refused; a transform is a leaf. */
export type Lenient<T> = T extends Transform
  ? T
  : T extends readonly (infer Item)[]
    ? readonly (Lenient<Item> | undefined)[] | undefined
    : T extends object
      ? { readonly [Key in keyof T]: Lenient<T[Key]> }
      : T | undefined

/**
 * Every value of `root` that the schema accepts, defaults filled in, and `undefined` in place of the others, so that
 * checks across options see all there is to see in a document with other faults.
 */
export function readLeniently<Schema extends z.ZodType>(
  schema: Schema,
  root: unknown,
): Lenient<z.output<Schema>> {
  return lenient(schema, root) as Lenient<z.output<Schema>>
}

function lenient(schema: z.core.$ZodType, value: unknown): unknown {
  const parsed = z.safeParse(schema, value)
  if (parsed.success) return parsed.data
  const inner = withoutPreprocess(schema)
  if (inner instanceof z.ZodObject) {
    const members = Object.entries<z.core.$ZodType>(inner.shape)
    return Object.fromEntries(members.map(([name, member]) => [name, lenient(member, memberOf(value, name))]))
  }
  if (!(inner instanceof z.ZodArray) || !Array.isArray(value)) return undefined
  const isMapList = withoutPreprocess(inner.element) instanceof z.ZodObject
  return value.map((item: unknown) =>
    isMapList && (typeof item !== 'object' || Array.isArray(item)) ? undefined : lenient(inner.element, item),
  )
}

function describe(issue: z.core.$ZodIssue, path: Path, found: unknown): Finding {
  const expects = issue.message
  if (issue.code === 'custom') return { path, message: expects }
  if (found === undefined) return { path, absent: true, message: `is missing. It ${expects}.` }
  if (found === null) return { path, message: `has no value. It ${expects}.` }
  // A scalar in place of a map may be anything, a secret with the wrong indentation included.
  const isSection = issue.code === 'invalid_type' && issue.expected === 'object'
  return {
    path,
    message: `${expects}, found ${isSection ? kindOf(found) : showValue(found)}.${remedy(issue, found)}`,
  }
}

function kindOf(found: unknown): string {
  return Array.isArray(found) ? showValue(found) : 'a single value'
}

function remedy(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_value') {
    const meant = closest(String(found), issue.values.map(String))
    return meant === undefined ? '' : ` Did you mean "${meant}"?`
  }
  if (issue.code !== 'invalid_type') return ''
  if (issue.expected === 'string' && typeof found !== 'object') return ' Put it in quotes.'
  const isQuoted = typeof found === 'string' && /^-?\d+(\.\d+)?$|^(true|false)$/.test(found)
  return isQuoted && issue.expected !== 'array' ? ' Remove the quotes.' : ''
}

function unknownOption(path: Path, key: string, optionPaths: readonly string[]): string {
  const prefix = formatPath(path).replace(/\[\d+\]/g, '[]')
  const start = prefix === '' ? '' : `${prefix}.`
  const siblings = optionPaths
    .filter((option) => option.startsWith(start))
    .map((option) => option.slice(start.length).replace(/[.[].*/, ''))
  const meant = closest(key, siblings)
  if (meant !== undefined) return `there is no such option. Did you mean "${meant}"?`
  const places = new Set(optionPaths.flatMap(withSections))
  const elsewhere = [...places].filter((place) => place === key || place.endsWith(`.${key}`))
  const hint =
    elsewhere.length === 0 ? ' See config/reference.yaml.' : ` Did you mean ${elsewhere.join(' or ')}?`
  return `there is no such option.${hint}`
}

/** `kafka.tls.caFile` with the sections it is in: `kafka`, `kafka.tls`. */
function withSections(option: string): readonly string[] {
  const steps = option.split('.')
  return steps.map((_, index) => steps.slice(0, index + 1).join('.'))
}
