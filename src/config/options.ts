import { z } from 'zod'

import { parseEventTime } from '../domain/event-time.ts'
import { compilePath } from '../domain/path.ts'
import { showValue } from './problems.ts'

// The building blocks of the schema. Each says what it expects in words that follow the option's name ("must be ...").
// An issue of zod's carries these words alone and is completed with what was found; a `custom` one is complete already.

/** A map of options. Left empty (`kafka:` and nothing below) it is an empty map, so that the defaults in it hold. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess((value) => value ?? {}, z.strictObject(shape, { error: 'must be a map of options' }))
}

/** A list, empty by default. */
export function list<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => value ?? [], z.array(item, { error: 'must be a list' }))
}

/** The map or list within a {@link section} or {@link list}; any other schema as it is. */
export function withoutPreprocess(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodPreprocess ? schema.def.out : schema
}

/** Text that `accepts`; without it any text but an empty one or one with space around it. */
export function text(
  expects = 'must be text without space around it',
  accepts: (value: string) => boolean = isTrimmed,
) {
  return z.string({ error: expects }).superRefine((value, context) => {
    if (!accepts(value)) context.addIssue({ code: 'custom', message: refusal(expects, value) })
  })
}

/** One of `values`. */
export function choice<const Values extends readonly [string, ...string[]]>(values: Values, remark = '') {
  return z.enum(values, {
    error: `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}${remark}`,
  })
}

/** `true` or `false`. */
export function flag() {
  return z.boolean({ error: 'must be true or false' })
}

/** A whole number; `unit` as in ` of bytes`. */
export function wholeNumber(min: number, max: number, unit = '') {
  return number(min, max, `must be a whole number${unit} from ${min} to ${max}`, Number.isInteger)
}

/** Whole milliseconds. */
export function milliseconds(min: number, max: number) {
  return wholeNumber(min, max, ' of milliseconds')
}

/** Whole bytes from 1024 to 1 GiB. */
export function bytes() {
  return wholeNumber(1024, 1_073_741_824, ' of bytes')
}

/** Any number from `min` to `max` that `accepts`. */
export function number(min: number, max: number, expects: string, accepts: (value: number) => boolean) {
  return z.number({ error: expects }).superRefine((value, context) => {
    if (value < min || value > max || !accepts(value)) {
      context.addIssue({ code: 'custom', message: refusal(expects, value) })
    }
  })
}

/** The name of a file, not yet looked at. Never shown: it may be the secret itself. */
export function file() {
  const expects = 'must be the name of a file'
  return z
    .string({ error: expects })
    .refine((value) => value !== '', { error: `${expects}, found an empty text.` })
}

/** A path within a record to one value; with `many` also one to any number of them (`tags[*]`). */
export function recordPath({ many = false } = {}) {
  return z
    .string({ error: 'must be a path in the record such as person.name.lastName' })
    .superRefine((value, context) => {
      const path = compilePath(value)
      if (path.type === 'invalid') {
        const message = `${showValue(value)} is no path in a record: ${path.problem}.`
        context.addIssue({ code: 'custom', message })
      } else if (path.many && !many) {
        const message = `${showValue(value)} names many values, and one is needed here. Write a position such as [0] in place of [*].`
        context.addIssue({ code: 'custom', message })
      }
    })
}

/** The name of a Kafka topic (Kafka: Topic.validate). */
export function topicName() {
  const expects = 'must be a topic name: 1 to 249 letters, digits, ".", "_" or "-"'
  return text(expects, (value) => /^[\w.-]{1,249}$/.test(value) && value !== '.' && value !== '..')
}

/** A time, which becomes epoch milliseconds. */
export function time() {
  const expects = 'must be a date or time such as 2026-01-31 or 2026-01-31T09:30:00Z'
  return z.string({ error: expects }).transform((value, context) => {
    const timeMs = isCalendarDay(value) ? parseEventTime(value) : undefined
    if (timeMs !== undefined) return timeMs
    context.addIssue({ code: 'custom', message: refusal(expects, value) })
    return z.NEVER
  })
}

/** An http or https address without user, query and fragment, which becomes one without a slash at its end. */
export function address(example: string, { path }: { readonly path: boolean }) {
  const expects = `must be an http or https address such as ${example}, without user${path ? '' : ', path'} and query`
  return z.string({ error: expects }).transform((value, context) => {
    const parsed = URL.canParse(value) ? new URL(value) : undefined
    if (parsed !== undefined && isPlain(parsed, value) && (path || parsed.pathname === '/')) {
      return (parsed.origin + parsed.pathname).replace(/\/+$/, '')
    }
    context.addIssue({ code: 'custom', message: refusal(expects, value) })
    return z.NEVER
  })
}

function isPlain(url: URL, written: string): boolean {
  return /^https?:$/.test(url.protocol) && !/[@?#\s\\]/.test(written)
}

function isTrimmed(value: string): boolean {
  return value !== '' && value === value.trim()
}

/** Date.parse takes 30 February for 2 March. */
function isCalendarDay(value: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(value)?.[0]
  if (day === undefined) return false
  const timeMs = Date.parse(day)
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(day)
}

/** The complete sentence for a value that is of the right type but not what is expected. */
function refusal(expects: string, value: unknown): string {
  return `${expects}, found ${showValue(value)}.`
}
