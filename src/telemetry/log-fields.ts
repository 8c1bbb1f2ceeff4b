import { types } from 'node:util'

import { redacted } from './redaction.ts'

const maxDepth = 3
const maxMembers = 30
const maxItems = 100
const maxCauses = 4
/** Errors of an aggregate, each of which can be an aggregate again. */
const maxErrors = 5
const maxFrames = 10

/**
 * Fields that hold somebody's data or a credential by their name, in lower case without separators. Numbers under such a
 * name (`records: 12`) are counts.
 */
const privateNames: ReadonlySet<string> = new Set(
  (
    'address attributes body config contact cookie data email emails fields firstname fullname headers identity ' +
    'identitymap key lastname member members mobile name options payload person phone profile record records request ' +
    'response sasl segmentmembership text value values'
  ).split(' '),
)
const privateEndings =
  /(?:authorization|cookie|email|password|secret|token|personkey|firstname|lastname|apikey)$/
/** Members that every line has already. */
const reservedNames: ReadonlySet<string> = new Set(['level', 'time', 'msg'])

/**
 * What a log line may hold of `fields`: texts, numbers, flags, lists and plain objects of these, and errors in the form of
 * {@link describeError}. Objects of libraries appear by the name of their class alone; fields whose name promises
 * somebody's data or a credential are redacted. Returns JSON data; whatever it is given, it does not throw.
 */
export function describeFields(fields: object): Readonly<Record<string, unknown>> {
  const described = types.isNativeError(fields) ? { error: describe(fields, 0) } : describe(fields, 0)
  if (typeof described !== 'object' || described === null) return { fields: described }
  return Object.fromEntries(
    Object.entries(described).map(([name, value]) => [reservedNames.has(name) ? `${name}_` : name, value]),
  )
}

/**
 * An error by name, message, code, the places of its stack, and its causes in the same form. Members that libraries add
 * (`config`, `response`, `headers`) are left out.
 */
function describeError(error: Error, causes: number): Readonly<Record<string, unknown>> {
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  const errors = error instanceof AggregateError || 'errors' in error ? error.errors : undefined
  return {
    name: /^[A-Za-z_$][\w$]{0,63}$/.test(name) ? name : 'Error',
    message,
    ...(isCode(code) ? { code } : {}),
    stack: describeStack(stack),
    ...(cause !== undefined && causes < maxCauses ? { cause: describeCause(cause, causes + 1) } : {}),
    ...(Array.isArray(errors) && causes < maxCauses
      ? { errors: errors.slice(0, maxErrors).map((item) => describeCause(item, causes + 1)) }
      : {}),
  }
}

function describeCause(cause: unknown, causes: number): unknown {
  return isError(cause) ? describeSafely(() => describeError(cause, causes)) : describe(cause, maxDepth)
}

function isCode(code: unknown): code is string | number {
  return typeof code === 'number' || (typeof code === 'string' && /^[\w.-]{1,64}$/.test(code))
}

/** The places of a stack as `file:line`, the innermost first: no function names, no text of the message. */
function describeStack(stack: unknown): readonly string[] {
  if (typeof stack !== 'string') return []
  return stack
    .split('\n')
    .map((line) => /^\s+at .*?((?:file:\/\/|node:|\/)[^()\s]*:\d+):\d+\)?$/.exec(line)?.[1])
    .filter((place) => place !== undefined)
    .slice(0, maxFrames)
}

/** Getters and proxies can throw; a log line must not end the work that it tells of. */
function describeSafely(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return '[unreadable]'
  }
}

function describe(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return String(value)
    case 'undefined':
      return undefined
    case 'object':
      return value === null ? null : describeSafely(() => describeObject(value, depth))
    default:
      return `[${typeof value}]`
  }
}

function describeObject(value: object, depth: number): unknown {
  if (isError(value)) return describeError(value, 0)
  if (types.isDate(value)) return value.toJSON()
  const isList = Array.isArray(value)
  if (!isList && !isPlain(value)) return `[${nameOfClass(value)}]`
  if (depth >= maxDepth) return isList ? '[list]' : '[object]'
  if (isList) return describeList(value, depth)
  return Object.fromEntries(
    Object.keys(value)
      .slice(0, maxMembers)
      .map((name) => [name, describeMember(value, name, depth)]),
  )
}

function describeList(list: readonly unknown[], depth: number): readonly unknown[] {
  const items = list.slice(0, maxItems).map((item) => describe(item, depth + 1))
  return list.length > maxItems ? [...items, `[${list.length - maxItems} more]`] : items
}

function describeMember(object: object, name: string, depth: number): unknown {
  return describeSafely(() => {
    const value: unknown = Reflect.get(object, name)
    const holdsNothing = value === undefined || value === null || typeof value === 'boolean'
    if (holdsNothing || typeof value === 'number' || !isPrivate(name)) return describe(value, depth + 1)
    return redacted
  })
}

function isPrivate(name: string): boolean {
  const plainName = name.toLowerCase().replace(/[^a-z]/g, '')
  return privateNames.has(plainName) || privateEndings.test(plainName)
}

/** Also true for errors of another realm, such as those that Node itself throws in a test. */
function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function nameOfClass(value: object): string {
  const { name } = value.constructor
  return /^[A-Za-z_$][\w$]{0,63}$/.test(name) ? name : 'object'
}
