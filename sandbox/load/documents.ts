import { messageOf } from '../errors.ts'
import type { Line } from './lines.ts'
import { isObject } from './xdm-names.ts'

/** One thing that a file holds: a value, or text that is none. `line` is where it begins, from 1. */
export type Document =
  | { readonly type: 'value'; readonly line: number; readonly value: unknown }
  | { readonly type: 'broken'; readonly line: number; readonly reason: string }

/** Finds the documents of one file, line after line. */
export interface DocumentReader {
  /** Takes the next line, without its line end; returns the documents that are complete with it. */
  push: (line: Line) => readonly Document[]
  /** Takes the end of the file; returns what was still open. */
  end: () => readonly Document[]
}

/** A document of which not all lines have been seen. */
interface OpenDocument {
  readonly line: number
  readonly lines: string[]
  /** Brackets that are open. */
  depth: number
  /** Where the objects directly below the outer bracket begin: the elements, if it is that of an array. */
  readonly elementLines: number[]
}

/**
 * Reads newline-delimited JSON as well as documents over many lines: an object, an array of objects (whose elements
 * become documents of their own), or several of them one after the other. Text decides, not the file's name. A broken
 * line costs itself only: a line that is a whole object ends whatever was open before it.
 */
export function createDocumentReader(): DocumentReader {
  let lineNumber = 0
  let open: OpenDocument | undefined

  const close = (): readonly Document[] => {
    const documents = open === undefined ? [] : parseDocument(open)
    open = undefined
    return documents
  }

  const append = (line: string): readonly Document[] => {
    if (open === undefined) {
      const text = line.trim()
      if (text === '') return []
      if (!/^[[{]/.test(text)) return [{ type: 'broken', line: lineNumber, reason: notJson }]
      open = { line: lineNumber, lines: [], depth: 0, elementLines: [] }
    }
    open.lines.push(line)
    scanLine(line, lineNumber, open)
    return open.depth <= 0 ? close() : []
  }

  return {
    push: (line) => {
      lineNumber += 1
      if (line.type === 'unreadable')
        return [...close(), { type: 'broken', line: lineNumber, reason: line.reason }]
      return isTruncated(open?.lines[0]) && isWholeObject(line.text)
        ? [...close(), ...append(line.text)]
        : append(line.text)
    },
    end: close,
  }
}

const notJson = 'is not JSON: an object, or an array of objects, was expected'

/**
 * True for the first line of an object that should have ended there: printed over many lines it begins with the bracket
 * alone. The rest of a truncated line never comes, so its bracket would swallow all that follows.
 */
function isTruncated(firstLine: string | undefined): boolean {
  return firstLine !== undefined && /^\s*\{\s*\S/.test(firstLine)
}

function isWholeObject(line: string): boolean {
  if (!line.startsWith('{')) return false
  const parsed = parseJson(line)
  return parsed.type === 'json' && isObject(parsed.value)
}

/** Follows the brackets of one line. A text that is not closed by the line's end is broken, and ends there. */
function scanLine(line: string, lineNumber: number, open: OpenDocument): void {
  let inText = false
  for (let at = 0; at < line.length; at++) {
    const char = line[at]
    if (inText) {
      if (char === '\\') at += 1
      else if (char === '"') inText = false
    } else if (char === '"') inText = true
    else if (char === '{' || char === '[') {
      if (open.depth === 1) open.elementLines.push(lineNumber)
      open.depth += 1
    } else if (char === '}' || char === ']') open.depth -= 1
  }
}

function parseDocument(open: OpenDocument): readonly Document[] {
  const parsed = parseJson(open.lines.join('\n'))
  if (parsed.type === 'error') {
    const line = open.line + parsed.lineOffset
    return [{ type: 'broken', line, reason: `is not JSON: ${parsed.message}` }]
  }
  if (!Array.isArray(parsed.value)) return [{ type: 'value', line: open.line, value: parsed.value }]
  // Only arrays and objects have a line of their own; they come in the order in which their brackets opened.
  const lines = open.elementLines.values()
  return (parsed.value as readonly unknown[]).map((value) => {
    const own = typeof value === 'object' && value !== null ? lines.next().value : undefined
    return { type: 'value', line: own ?? open.line, value }
  })
}

type Parsed =
  | { readonly type: 'json'; readonly value: unknown }
  | { readonly type: 'error'; readonly message: string; readonly lineOffset: number }

function parseJson(text: string): Parsed {
  try {
    return { type: 'json', value: JSON.parse(text) as unknown }
  } catch (error) {
    const message = messageOf(error)
    const position = Number(/ at position (\d+)/.exec(message)?.[1] ?? 0)
    const before = text.slice(0, position).split('\n')
    const column = position === 0 ? '' : ` at column ${(before.at(-1) ?? '').length + 1}`
    return { type: 'error', message: shorten(message) + column, lineOffset: before.length - 1 }
  }
}

/** V8 quotes the text around the error, which may be long, and counts positions from the document's start. */
function shorten(message: string): string {
  return message
    .replace(/, (?:\.\.\.)?".*$/s, '')
    .replace(/ in JSON at position .*$/s, '')
    .replace(/ at position .*$/s, '')
}
