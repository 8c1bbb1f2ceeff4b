import type { Json } from '../domain/json.ts'

/** Keys and positions from the root of the file to one place in it. */
export type Path = readonly (string | number)[]

/** Something wrong at one place of the document, before file and line are known. */
export interface Finding {
  readonly path: Path
  /** What is wrong, what was found and what to do: a sentence that reads on after `path: `. */
  readonly message: string
  /** True where the fault is that something is not there. Of a file with a syntax error it proves nothing. */
  readonly absent?: true
  /** The line, 1-based, where it is not that of `path`. */
  readonly line?: number
}

/** One thing to put right in a configuration file. */
export interface Problem {
  /** The file as it was named by the caller. */
  readonly file: string
  /** 1-based, or `null` where the file as a whole is at fault. For something missing, the line of what should hold it. */
  readonly line: number | null
  /** The option: `mapping[2].target`; empty where the file as a whole is at fault. */
  readonly path: string
  /** What is wrong, what was found and what to do. Never quotes a secret. */
  readonly message: string
}

/** `problems` as lines of text: `file:line  path: message`. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ file, line, path, message }) => {
      const place = line === null ? file : `${file}:${line}`
      return `${place}  ${path === '' ? '' : `${path}: `}${message}`
    })
    .join('\n')
}

/** A path as a reader writes it: `mapping[2].target`; an odd key in quotes. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      if (!/^[\w-]{1,39}$/.test(step)) return `[${showText(step)}]`
      return index === 0 ? step : `.${step}`
    })
    .join('')
}

/** What a reader is shown of a value of the file: shortened, without control characters, and nothing like a secret. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return showText(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' && value !== null ? 'a map' : 'nothing'
}

/** The value at `path` of a document of plain maps and lists, or `undefined`. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const step of path) value = memberOf(value, step)
  return value
}

/** The own member `step` of a map or list, or `undefined`. */
export function memberOf(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  return (value as Readonly<Record<string | number, Json>>)[step]
}

const shownLength = 60

function showText(text: string): string {
  // A token pasted beside the option that names its file: long, no space, letters and digits.
  if (/^(?=.*\d)(?=.*[a-z])[\w+/=.-]{40,}$/i.test(text)) return `a text of ${text.length} characters`
  return quote(text.replace(/^([\w+.-]*:\/\/)?\S*@/, '$1***@'))
}

function quote(text: string): string {
  const short = text.length > shownLength ? `${text.slice(0, shownLength)}...` : text
  return JSON.stringify(short).replace(/\p{Cc}/gu, '?')
}
