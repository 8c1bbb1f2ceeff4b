import { isJsonObject, type Json, ownMember } from './json.ts'

/** Reads one place in a record, or `undefined` where the record has nothing there. */
export type Getter = (root: Json) => Json | undefined

/** A path that compiles, or what is wrong with it in words for the person who wrote it. */
export type CompiledPath =
  { readonly type: 'path'; readonly get: Getter } | { readonly type: 'invalid'; readonly problem: string }

const refusedSegments = new Set(['__proto__', 'constructor', 'prototype'])
const segmentPattern = /^([^[\]]+)((?:\[\d{1,6}\])*)$/

/**
 * Compiles `person.name.lastName` or `phones[0].number` once into a getter of own properties. A segment also finds its
 * XDM spelling (`xdm:name`, or `xdm_name` where Avro forbids the colon). `__proto__`, `constructor` and `prototype` are
 * refused: a path comes from a file that may be templated by others.
 */
export function compilePath(path: string): CompiledPath {
  const steps: (string | number)[] = []
  for (const part of path.split('.')) {
    const match = segmentPattern.exec(part)
    const name = match?.[1]?.replace(/^xdm[:_]/, '')
    if (name === undefined || name === '')
      return { type: 'invalid', problem: `"${part}" is no path segment; write name or name[0]` }
    if (refusedSegments.has(name)) return { type: 'invalid', problem: `the segment "${part}" is not allowed` }
    steps.push(name)
    for (const index of (match?.[2] ?? '').matchAll(/\d+/g)) steps.push(Number(index[0]))
  }
  return { type: 'path', get: (root) => walk(root, steps) }
}

function walk(root: Json, steps: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = root
  for (const step of steps) {
    if (value === undefined) return undefined
    value = typeof step === 'number' ? element(value, step) : xdmMember(value, step)
  }
  return value
}

function element(value: Json, index: number): Json | undefined {
  return Array.isArray(value) ? (value as readonly Json[])[index] : undefined
}

/** The member `name` of an object in any of its XDM spellings. */
export function xdmMember(value: Json, name: string): Json | undefined {
  if (!isJsonObject(value)) return undefined
  return ownMember(value, name) ?? ownMember(value, `xdm:${name}`) ?? ownMember(value, `xdm_${name}`)
}
