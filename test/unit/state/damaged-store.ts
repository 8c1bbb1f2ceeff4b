import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { StoreCorrupt, type StoreWrite } from '../../../src/runtime/state-store.ts'
import { openLevelStore } from '../../../src/state/level-store.ts'

/** What a store holds: values by key. */
export type Content = ReadonlyMap<string, string>

/** A closed store with tables and a log, and what it held after each of its batches, none at first. */
export interface History {
  readonly place: string
  readonly contents: readonly Content[]
}

const TABLES = 4
const LOG_BYTES = 45_000

/**
 * Writes a store: e-mail addresses that are written several times and deleted, and values that compress a little, until there
 * are some tables and a log of more than one of its blocks.
 */
export async function writeHistory(place: string): Promise<History> {
  const store = await openLevelStore(place, { writeBufferBytes: 65_536 })
  const contents: Content[] = [new Map()]
  for (let batch = 0; !isBigEnough(place); batch += 1) {
    const writes = Array.from({ length: 40 }, (_, index): StoreWrite & { readonly text: string | null } => {
      const key = `contact/user${(batch * 7 + index * 31) % 900}@example.com`
      const text = (batch + index) % 13 === 0 ? null : `${batch} ${'x'.repeat(30)} ${Math.random()}`
      return { key, value: text === null ? null : new TextEncoder().encode(text), text }
    })
    await store.batch(writes)
    const content = new Map(contents.at(-1))
    for (const { key, text } of writes) {
      if (text === null) content.delete(key)
      else content.set(key, text)
    }
    contents.push(content)
  }
  await store.close()
  return { place, contents }
}

function isBigEnough(place: string): boolean {
  const log = filesOf(place, /\.log$/).at(-1) ?? ''
  return filesOf(place, /\.ldb$/).length >= TABLES && statSync(path.join(place, log)).size > LOG_BYTES
}

/** The files of a store whose names match, in order. */
export function filesOf(place: string, pattern: RegExp): readonly string[] {
  return readdirSync(place)
    .filter((name) => pattern.test(name))
    .sort()
}

/** Copies a closed store and changes one file of the copy. */
export function copyDamaged(from: string, to: string, file: string, change: (bytes: Buffer) => Buffer): void {
  cpSync(from, to, { recursive: true })
  const name = path.join(to, file)
  writeFileSync(name, change(readFileSync(name)))
}

/**
 * Opens the store and reads all of it, key by key and in order: which of the contents it has, counted from the last one, or
 * `corrupt` where it says so itself. Throws where it has none of them, and what it throws otherwise.
 */
export async function whatIsIn(place: string, { contents }: History): Promise<number | 'corrupt'> {
  const keys = Array.from({ length: 900 }, (_, index) => `contact/user${index}@example.com`)
  try {
    const store = await openLevelStore(place)
    try {
      const values = await store.getMany(keys)
      const byKey = new Map<string, string>()
      for (const [index, key] of keys.entries()) {
        const value = values[index]
        if (value !== undefined) byKey.set(key, new TextDecoder().decode(value))
      }
      const inOrder = new Map<string, string>()
      for await (const [key, value] of store.range({ gte: '', lt: '~' })) {
        inOrder.set(key, new TextDecoder().decode(value))
      }
      const back = [...contents].reverse().findIndex((content) => isEqual(content, byKey))
      if (back < 0 || !isEqual(byKey, inOrder)) throw new Error('what it has was never written')
      return back
    } finally {
      await store.close()
    }
  } catch (error) {
    if (error instanceof StoreCorrupt) return 'corrupt'
    throw error
  }
}

function isEqual(one: Content, other: Content): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value)
}
