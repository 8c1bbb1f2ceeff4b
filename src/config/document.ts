import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml'

import type { Finding, Path } from './problems.ts'

/** A YAML text as plain maps, lists and scalars that remember their lines. */
export interface SourceDocument {
  /** What the text holds; `null` where it holds nothing. */
  readonly root: unknown
  /** What is wrong with the text as YAML. */
  readonly findings: readonly Finding[]
  /** The line of the first syntax error: from here on the rest was guessed. `Infinity` in a valid text. */
  readonly brokenFromLine: number
  /** The line, 1-based, of the key or list item at `path`, or of the nearest one above it that exists. */
  readonly lineOf: (path: Path) => number
}

/**
 * Syntax errors in the words of a reader. Never the parser's own: those can quote the text, and so a secret that was
 * pasted into it.
 */
const syntaxErrors: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'a value that begins with * or & needs quotes',
  BAD_DQ_ESCAPE: 'a backslash within double quotes begins no known escape; use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a value begins with a character that YAML reserves; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'the indentation does not fit, or a value that contains ": " needs quotes',
  BLOCK_IN_FLOW: 'a bracket or brace above is not closed',
  MISSING_CHAR: 'a closing quote, bracket or brace, a comma or a colon is missing here or above',
  MULTILINE_IMPLICIT_KEY: 'a line has no colon, or its indentation does not fit',
  MULTIPLE_DOCS: 'a second document begins (---); a configuration file holds one',
  TAB_AS_INDENT: 'a tab is used as indentation; use spaces',
  TAG_RESOLVE_FAILED: 'tags such as !env are not supported; write the value itself',
}
const unknownError = 'this cannot be understood; look for a missing quote, bracket or colon'

/**
 * Reads YAML 1.2. Duplicate keys, aliases and merge keys are findings. `${...}` is text like any other.
 */
export function parseSource(text: string): SourceDocument {
  const counter = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: counter,
    logLevel: 'error',
    merge: false,
    prettyErrors: false,
    schema: 'core',
    uniqueKeys: false,
  })
  const lineAt = (offset: number): number => Math.max(1, counter.linePos(offset).line)
  const brokenFromLine = Math.min(...document.errors.map((error) => lineAt(error.pos[0])))
  const syntax = [...document.errors, ...document.warnings].map((error) => {
    const line = lineAt(error.pos[0])
    const reason = syntaxErrors[error.code] ?? unknownError
    const rest = line === brokenFromLine ? ' The lines from here on are checked once this is right.' : ''
    return { path: [], line, message: `not valid YAML: ${reason}.${rest}` }
  })
  const conversion: Conversion = { document, lineAt, findings: [], lines: new Map() }
  const root = toPlain(conversion, document.contents, [])
  return {
    root,
    findings: [...syntax, ...conversion.findings],
    brokenFromLine,
    lineOf: (path) => nearestLine(conversion.lines, path),
  }
}

/** What conversion of a document needs and gathers. */
interface Conversion {
  readonly document: Document
  readonly lineAt: (offset: number) => number
  readonly findings: Finding[]
  /** Line by path, as JSON. */
  readonly lines: Map<string, number>
}

function toPlain(conversion: Conversion, node: unknown, path: Path): unknown {
  const { document, findings, lines } = conversion
  if (!lines.has(JSON.stringify(path))) rememberLine(conversion, node, path)
  if (isScalar(node)) return node.value
  if (isSeq(node)) return node.items.map((item, index) => toPlain(conversion, item, [...path, index]))
  if (isMap(node)) return mapToPlain(conversion, node, path)
  if (!isAlias(node)) return null
  findings.push({ path, message: 'YAML aliases (*) are not supported. Write the value itself.' })
  const aliased = node.resolve(document)
  return isScalar(aliased) ? aliased.value : undefined
}

function mapToPlain(conversion: Conversion, map: YAMLMap, path: Path): unknown {
  const { findings, lines } = conversion
  const members = new Map<string, unknown>()
  for (const { key, value } of map.items) {
    const name = isScalar(key) ? String(key.value) : String(key)
    const memberPath = [...path, name]
    const earlierLine = lines.get(JSON.stringify(memberPath))
    rememberLine(conversion, key, memberPath)
    if (name === '<<') {
      findings.push({
        path: memberPath,
        message: 'YAML merge keys are not supported. Write the options out.',
      })
      continue
    }
    const plain = toPlain(conversion, value, memberPath)
    if (members.has(name) && earlierLine !== undefined) {
      const line = lines.get(JSON.stringify(memberPath)) ?? earlierLine
      findings.push({ path: memberPath, line, message: `is also written on line ${earlierLine}. Keep one.` })
    }
    members.set(name, mergePlain(members.get(name), plain))
  }
  // fromEntries defines own properties, so a key `__proto__` stays data and is refused like any unknown one.
  return Object.fromEntries(members)
}

/** What a key written twice holds, so that what is wrong in the first of two maps is seen as well. */
function mergePlain(earlier: unknown, later: unknown): unknown {
  if (!isPlainMap(earlier) || !isPlainMap(later)) return later
  const merged = new Map(Object.entries(earlier))
  for (const [name, value] of Object.entries(later)) merged.set(name, mergePlain(merged.get(name), value))
  return Object.fromEntries(merged)
}

function isPlainMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function rememberLine({ lines, lineAt }: Conversion, node: unknown, path: Path): void {
  const offset = isNode(node) ? node.range?.[0] : undefined
  if (offset !== undefined) lines.set(JSON.stringify(path), lineAt(offset))
}

function nearestLine(lines: ReadonlyMap<string, number>, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const line = lines.get(JSON.stringify(path.slice(0, length)))
    if (line !== undefined) return line
  }
  return 1
}
