/** A range a number has to lie in, both ends included. */
export interface Range {
  readonly minimum: number
  readonly maximum: number
}

/**
 * Reads the members of one JSON object given to the control endpoint. A member of the wrong shape is noted and a
 * stand-in returned, so that `problems` lists everything that is wrong at once; look at it before using any value.
 */
export interface InputReader {
  integer(name: string, range: Range, fallback?: number): number
  optionalInteger(name: string, range: Range): number | undefined
  text(name: string): string
  optionalText(name: string): string | undefined
  choice<V extends string>(name: string, values: readonly [V, ...V[]], fallback?: V): V
  flag(name: string, fallback: boolean): boolean
  texts(name: string): readonly string[]
  object(name: string): InputReader
  /** What was wrong, one sentence each, members nobody asked for included. */
  problems(): readonly string[]
}

/** Whether a parsed JSON value is an object, and neither an array nor null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function inRange(value: unknown, range: Range): value is number {
  return (
    typeof value === 'number' && Number.isInteger(value) && value >= range.minimum && value <= range.maximum
  )
}

interface Members {
  optional<V>(name: string, fits: (given: unknown) => given is V, wanted: string): V | undefined
  required<V>(name: string, fits: (given: unknown) => given is V, wanted: string, standIn: V): V
  take(name: string): unknown
  problems(): readonly string[]
}

function createMembers(value: unknown, path: string): Members {
  const members = isObject(value) ? value : {}
  const asked = new Set<string>()
  const wrong: string[] = isObject(value) ? [] : [`${path} must be a JSON object`]
  const take = (name: string): unknown => {
    asked.add(name)
    return Object.hasOwn(members, name) ? members[name] : undefined
  }
  const refuse = (name: string, wanted: string) => {
    const found = JSON.stringify(members[name]) as string | undefined
    wrong.push(`${path}.${name} must be ${wanted}; found ${found ?? 'nothing'}`)
  }
  return {
    take,
    optional(name, fits, wanted) {
      const given = take(name)
      if (given === undefined || fits(given)) return given
      refuse(name, wanted)
      return undefined
    },
    required(name, fits, wanted, standIn) {
      const given = take(name)
      if (fits(given)) return given
      refuse(name, wanted)
      return standIn
    },
    problems() {
      const known = [...asked].join(', ') || 'nothing'
      const extra = Object.keys(members).filter((name) => !asked.has(name))
      return [...wrong, ...extra.map((name) => `${path}.${name} is not known here; known: ${known}`)]
    },
  }
}

function isText(given: unknown): given is string {
  return typeof given === 'string' && given !== ''
}

function isTexts(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every(isText)
}

function isFlag(given: unknown): given is boolean {
  return typeof given === 'boolean'
}

/** A reader of `value`; `path` names it in problems (`fault`, `fault.match`). */
export function createReader(value: unknown, path: string): InputReader {
  const members = createMembers(value, path)
  const nested: InputReader[] = []
  const words = (range: Range) => `an integer from ${range.minimum} to ${range.maximum}`
  const within =
    (range: Range) =>
    (given: unknown): given is number =>
      inRange(given, range)
  const text = 'a text that is not empty'

  return {
    integer: (name, range, fallback) =>
      fallback === undefined
        ? members.required(name, within(range), words(range), range.minimum)
        : (members.optional(name, within(range), words(range)) ?? fallback),
    optionalInteger: (name, range) => members.optional(name, within(range), words(range)),
    text: (name) => members.required(name, isText, text, ''),
    optionalText: (name) => members.optional(name, isText, text),
    choice<V extends string>(name: string, values: readonly [V, ...V[]], fallback?: V): V {
      const fits = (given: unknown): given is V => values.some((value) => value === given)
      const wanted = `one of ${values.join(', ')}`
      return fallback === undefined
        ? members.required(name, fits, wanted, values[0])
        : (members.optional(name, fits, wanted) ?? fallback)
    },
    flag: (name, fallback) => members.optional(name, isFlag, 'true or false') ?? fallback,
    texts: (name) => members.optional(name, isTexts, 'a list of texts') ?? [],
    object(name) {
      const child = createReader(members.take(name) ?? {}, `${path}.${name}`)
      nested.push(child)
      return child
    },
    problems: () => [...members.problems(), ...nested.flatMap((child) => child.problems())],
  }
}
