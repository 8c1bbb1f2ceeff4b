import { basename } from 'node:path'
import { messageOf } from '../errors.ts'
import { createDocumentReader, type Document } from './documents.ts'
import { splitLines } from './lines.ts'
import type { Prepared, PreparedRecord } from './prepare.ts'
import { isObject } from './xdm-names.ts'

/** A document that was not loaded, and why. */
export interface Rejection {
  readonly file: string
  /** Line where the document begins, from 1; `null` where the whole file could not be read. */
  readonly line: number | null
  readonly reason: string
}

/** What a load did. A document with attributes and memberships counts in both. */
export interface LoadResult {
  /** Documents found, the rejected ones included: the lines of newline-delimited JSON. */
  readonly lines: number
  readonly profiles: number
  readonly memberships: number
  readonly tombstones: number
  readonly rejected: readonly Rejection[]
}

/** What loading files needs from outside. */
export interface LoadPorts {
  /** The bytes of a file. */
  readonly read: (file: string) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** What becomes of one document; `place` is the person key where the document names nobody. */
  readonly prepare: (document: unknown, place: string) => Prepared
  /** Sends one record, in order; what cannot be sent because of what it holds comes back as a reason. */
  readonly send: (personKey: string, record: PreparedRecord) => Promise<string | null>
  /** Takes one line for the person who started the load. */
  readonly report: (line: string) => void
}

/** Lines reported for each file about single documents; the result holds all of them. */
const maxReportedLines = 50

const countNames = ['lines', 'profiles', 'memberships', 'tombstones'] as const
type Counts = Record<(typeof countNames)[number], number>

/**
 * Loads `files` one after the other, in the order of their lines. What cannot be used is reported and left out, and the
 * rest goes on: `people.ndjson:17: person.name.lastName: expected text, found 42`.
 */
export async function loadFiles(files: readonly string[], ports: LoadPorts): Promise<LoadResult> {
  const counts: Counts = { lines: 0, profiles: 0, memberships: 0, tombstones: 0 }
  const rejected: Rejection[] = []
  for (const file of files) {
    const before = { ...counts }
    const rejectedBefore = rejected.length
    await loadFile(file, ports, counts, rejected)
    const added = countNames.map((name) => `${name} ${counts[name] - before[name]}`)
    ports.report(`${file}: ${added.join(', ')}, rejected ${rejected.length - rejectedBefore}`)
  }
  return { ...counts, rejected }
}

async function loadFile(
  file: string,
  ports: LoadPorts,
  counts: Counts,
  rejected: Rejection[],
): Promise<void> {
  const notes = createNotes(file, ports.report)
  const reject = (line: number | null, reason: string): void => {
    rejected.push({ file, line, reason })
    notes.add(line, reason)
  }
  const take = async (document: Document, isSole: boolean): Promise<void> => {
    counts.lines += 1
    if (document.type === 'broken') {
      reject(document.line, document.reason)
      return
    }
    const place = isSole ? basename(file) : `${basename(file)}:${document.line}`
    const prepared = ports.prepare(document.value, place)
    if (prepared.type === 'rejected') {
      reject(document.line, prepared.reason)
      return
    }
    if (!prepared.isIdentified) notes.add(document.line, `names no person, so the person key is "${place}"`)
    for (const pattern of prepared.leftOut) notes.addLeftOut(pattern)
    for (const record of prepared.records) {
      const problem = await ports.send(prepared.personKey, record)
      if (problem === null) counts[countOf(record)] += 1
      else reject(document.line, problem)
    }
  }

  // One document is held back: only the end of the file tells whether it is the only one.
  let held: Document | undefined
  let isFirst = true
  try {
    for await (const document of documentsOf(ports.read(file))) {
      if (held !== undefined) {
        await take(held, false)
        isFirst = false
      }
      held = document
    }
  } catch (error) {
    if (!isReadError(error)) throw error
    reject(null, `cannot be read: ${messageOf(error)}`)
  }
  if (held !== undefined) await take(held, isFirst)
  notes.end()
}

async function* documentsOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Document> {
  const reader = createDocumentReader()
  for await (const line of splitLines(chunks)) yield* reader.push(line)
  yield* reader.end()
}

function countOf(record: PreparedRecord): keyof Counts {
  if (record.topic === 'memberships') return 'memberships'
  return record.value === null ? 'tombstones' : 'profiles'
}

/** Node's errors about files name the system call; the other side of `send` reports its failures in its own words. */
function isReadError(error: unknown): boolean {
  return isObject(error) && 'syscall' in error
}

interface Notes {
  readonly add: (line: number | null, text: string) => void
  readonly addLeftOut: (pattern: string) => void
  readonly end: () => void
}

function createNotes(file: string, report: (line: string) => void): Notes {
  const leftOut = new Map<string, number>()
  let added = 0
  return {
    add: (line, text) => {
      added += 1
      if (added <= maxReportedLines) report(`${line === null ? file : `${file}:${line}`}: ${text}`)
    },
    addLeftOut: (pattern) => leftOut.set(pattern, (leftOut.get(pattern) ?? 0) + 1),
    end: () => {
      if (added > maxReportedLines) report(`${file}: ${added - maxReportedLines} more such lines`)
      if (leftOut.size === 0) return
      const names = [...leftOut].map(
        ([pattern, lines]) => `${pattern} (${lines} ${lines === 1 ? 'line' : 'lines'})`,
      )
      report(`${file}: left out, not in the schema: ${names.join(', ')}`)
    },
  }
}
