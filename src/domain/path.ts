import { isJsonObject, type Json, ownMember } from './json.ts'

/** Reads one place in a record, or `undefined` where the record has nothing there. */
export type Getter = (root: Json) => Json | undefined

/** A path that compiles, or what is wrong with it in words for the person who wrote it. */
export type CompiledPath =
  | {
      readonly type: 'path'
      readonly get: Getter
      /** True where the path names any number of values (`tags[*]`): `get` then gives a list of those that are there. */
      readonly many: boolean
      readonly steps: readonly PathStep[]
    }
  | { readonly type: 'invalid'; readonly problem: string }

/** One step of a path. Names are without the prefix `xdm`, and mean every spelling. */
export type PathStep =
  | { readonly type: 'member'; readonly name: string }
  | { readonly type: 'element'; readonly index: number }
  /** The first element whose member `name` is a scalar that reads `text`. */
  | { readonly type: 'match'; readonly name: string; readonly text: string }
  | { readonly type: 'all' }

const refusedSegments = new Set(['__proto__', 'constructor', 'prototype'])
const selector = /\[(?:(\d{1,6})|(\*)|([^[\]="*.]+)=(?:"([^"]+)"|([^[\]"]+)))\]/g
const segment = new RegExp(`^([^[\\]]+)((?:${selector.source})*)$`)

/**
 * Compiles `person.name.lastName`, `phones[0].number`, `emails[primary=true].address` or `tags[*]` once into a getter of
 * own properties. A segment also finds its XDM spelling (`xdm:name`, or `xdm_name` where Avro forbids the colon).
 * `__proto__`, `constructor` and `prototype` are refused: a path comes from a file that may be templated by others.
 */
export function compilePath(path: string): CompiledPath {
  const steps: PathStep[] = []
  for (const part of splitSegments(path)) {
    const match = segment.exec(part)
    const name = match?.[1]?.replace(/^xdm[:_]/, '')
    if (name === undefined || name === '') return { type: 'invalid', problem: notASegment(part) }
    const selected = [...(match?.[2] ?? '').matchAll(selector)].map(toStep)
    const names = [name, ...selected.map((step) => (step.type === 'match' ? step.name : ''))]
    if (names.some((one) => refusedSegments.has(one)))
      return { type: 'invalid', problem: `the segment "${part}" is not allowed` }
    steps.push({ type: 'member', name }, ...selected)
  }
  const many = steps.some(({ type }) => type === 'all')
  return { type: 'path', many, steps, get: (root) => walk(root, steps, 0) }
}

function notASegment(part: string): string {
  return `"${part}" is no path segment; write name, name[0], name[member=value] or name[*]`
}

/** The texts between the dots; a dot within brackets belongs to a value. */
function splitSegments(path: string): readonly string[] {
  const segments: string[] = []
  let start = 0
  let inBrackets = false
  let inQuotes = false
  for (let at = 0; at < path.length; at += 1) {
    const character = path[at]
    if (inBrackets && character === '"') inQuotes = !inQuotes
    else if (!inQuotes && (character === '[' || character === ']')) inBrackets = character === '['
    else if (!inBrackets && character === '.') {
      segments.push(path.slice(start, at))
      start = at + 1
    }
  }
  return [...segments, path.slice(start)]
}

function toStep([, index, all, name = '', quoted, bare]: RegExpExecArray): PathStep {
  if (index !== undefined) return { type: 'element', index: Number(index) }
  if (all !== undefined) return { type: 'all' }
  return { type: 'match', name: name.replace(/^xdm[:_]/, ''), text: quoted ?? bare ?? '' }
}

function walk(root: Json, steps: readonly PathStep[], from: number): Json | undefined {
  let value: Json | undefined = root
  for (let at = from; at < steps.length; at += 1) {
    const step = steps[at]
    if (value === undefined || step === undefined) return undefined
    if (step.type === 'all') return isList(value) ? walkAll(value, steps, at + 1) : undefined
    value = take(value, step)
  }
  return value
}

/** What the rest of the path finds in each element, as one list however many `[*]` there are. */
function walkAll(list: readonly Json[], steps: readonly PathStep[], from: number): Json {
  const isNested = steps.slice(from).some(({ type }) => type === 'all')
  return list.flatMap((item): readonly Json[] => {
    const found = walk(item, steps, from)
    if (found === undefined) return []
    return isNested && isList(found) ? found : [found]
  })
}

function take(value: Json, step: Exclude<PathStep, { type: 'all' }>): Json | undefined {
  if (step.type === 'member') return xdmMember(value, step.name)
  if (!isList(value)) return undefined
  if (step.type === 'element') return value[step.index]
  return value.find((item) => {
    const member = xdmMember(item, step.name)
    return member !== undefined && typeof member !== 'object' && String(member) === step.text
  })
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** The member `name` of an object in any of its XDM spellings. */
export function xdmMember(value: Json, name: string): Json | undefined {
  if (!isJsonObject(value)) return undefined
  return ownMember(value, name) ?? ownMember(value, `xdm:${name}`) ?? ownMember(value, `xdm_${name}`)
}
