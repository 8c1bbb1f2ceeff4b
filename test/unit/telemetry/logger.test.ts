import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { createLogger, type Logger, type LogLevel } from '../../../src/telemetry/logger.ts'

const email = 'jane.canary@example.com'
const token = '0123456789abcdef'.repeat(4)

function startLogger(level: LogLevel = 'debug') {
  const lines: string[] = []
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } })
  return { logger, lines }
}

/** The one line that `log` writes, as text and as data. */
function lineOf(log: (logger: Logger) => void) {
  const { logger, lines } = startLogger()
  log(logger)
  expect(lines).toHaveLength(1)
  const text = lines[0] ?? ''
  return { text, data: JSON.parse(text) as Record<string, unknown> }
}

/** An error as HTTP libraries throw it: with everything they know. */
class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly code = 'ECONNRESET'
  readonly config = { headers: { authorization: `Bearer ${token}` }, url: `/upsert?email=${email}` }
  readonly response = { body: `{"email":"${email}"}` }
}

class Profile {
  readonly person = { lastName: 'Canary', contact: email }
}

describe('a line', () => {
  it('has the level by name, the time in ISO 8601, the fields and the message', () => {
    const { text, data } = lineOf((logger) =>
      logger.warn(
        { stage: 'deliver', partitions: [0, 4], paused: true, retryInMs: 500, left: null },
        'stalled',
      ),
    )
    const { time, ...rest } = data
    expect(rest).toEqual({
      level: 'warn',
      stage: 'deliver',
      partitions: [0, 4],
      paused: true,
      retryInMs: 500,
      left: null,
      msg: 'stalled',
    })
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(text.endsWith('}\n')).toBe(true)
    expect(text.indexOf('\n')).toBe(text.length - 1)
  })

  it.each(['fatal', 'error', 'warn', 'info', 'debug'] as const)('of level %s names it', (level) => {
    expect(lineOf((logger) => logger[level]({}, 'x')).data['level']).toBe(level)
  })

  it('keeps its own level, time and message whatever the fields are called', () => {
    const { data } = lineOf((logger) => logger.info({ level: 1, time: 2, msg: 'three' }, 'x'))
    expect(data).toMatchObject({ level: 'info', msg: 'x', level_: 1, time_: 2, msg_: 'three' })
  })

  it('takes the message as it is, with signs that mean something to formatters', () => {
    expect(lineOf((logger) => logger.info({}, '100 %s of %d, %j')).data['msg']).toBe('100 %s of %d, %j')
  })

  it('is written from the configured level up', () => {
    const { logger, lines } = startLogger('warn')
    logger.info({}, 'no')
    logger.debug({}, 'no')
    logger.warn({}, 'yes')
    logger.fatal({}, 'yes')
    expect(lines).toHaveLength(2)
  })

  it('is never written when silent', () => {
    const { logger, lines } = startLogger('silent')
    logger.fatal({}, 'no')
    expect(lines).toEqual([])
  })
})

describe('an error', () => {
  it('is written by name, message, code and places, and its causes likewise', () => {
    const cause = Object.assign(new TypeError('inner'), { code: 'EPIPE', config: { secret: 1 } })
    const { data } = lineOf((logger) => logger.error({ error: new Error('outer', { cause }) }, 'failed'))
    expect(data['error']).toEqual({
      name: 'Error',
      message: 'outer',
      stack: expect.arrayContaining([expect.stringMatching(/logger\.test\.ts:\d+$/)]),
      cause: { name: 'TypeError', message: 'inner', code: 'EPIPE', stack: expect.any(Array) },
    })
  })

  it('given in place of the fields is written as one', () => {
    const { data } = lineOf((logger) => logger.error(new RangeError('outside'), 'failed'))
    expect(data['error']).toMatchObject({ name: 'RangeError', message: 'outside' })
  })

  it('shows of its stack ten places, without names of functions', () => {
    const error = new Error('x')
    error.stack = [
      'Error: x',
      ...Array.from({ length: 20 }, (_, line) => `    at Object.secretName (/app/dist/main.js:${line}:7)`),
    ].join('\n')
    const { data } = lineOf((logger) => logger.error({ error }, 'failed'))
    expect((data['error'] as { stack: string[] }).stack).toEqual(
      Array.from({ length: 10 }, (_, line) => `/app/dist/main.js:${line}`),
    )
  })

  it('of several errors shows each, up to five', () => {
    const errors = Array.from({ length: 9 }, (_, index) => new Error(`number ${index}`))
    const { data } = lineOf((logger) => logger.error({ error: new AggregateError(errors, 'all') }, 'failed'))
    const shown = (data['error'] as { errors: { message: string }[] }).errors
    expect(shown.map(({ message }) => message)).toEqual([0, 1, 2, 3, 4].map((index) => `number ${index}`))
  })

  it('that is its own cause ends', () => {
    const error = new Error('ouroboros')
    error.cause = error
    expect(lineOf((logger) => logger.error({ error }, 'failed')).text.length).toBeLessThan(20_000)
  })
})

describe('nothing private', () => {
  const circular: Record<string, unknown> = { contact: email }
  circular['self'] = circular
  const shy = {
    get secretOfTheHouse(): string {
      throw new Error(email)
    },
    stage: 'deliver',
  }

  it.each<[string, (logger: Logger) => void]>([
    ['a message', (logger) => logger.info({}, `no contact for ${email} with ${token}`)],
    ['a field', (logger) => logger.info({ found: email, sent: token }, 'x')],
    ['the name of a field', (logger) => logger.info({ [email]: 1, [token]: 2 }, 'x')],
    ['a nested field', (logger) => logger.info({ a: { b: { c: email, d: token } } }, 'x')],
    ['a list', (logger) => logger.info({ list: [email, [token, { a: email }]] }, 'x')],
    ['text after an escaped quote', (logger) => logger.info({ a: `"${email}"\n"${token}"` }, `"${email}\\"`)],
    [
      'a field that promises a name',
      (logger) => logger.info({ lastName: 'Canary', first_name: 'Canary' }, 'x'),
    ],
    ['a field that promises a key', (logger) => logger.info({ key: 'canary', personKey: 'canary' }, 'x')],
    [
      'a field that promises a value',
      (logger) => logger.info({ value: { a: 'canary' }, attributes: ['canary'] }, 'x'),
    ],
    [
      'a field that promises a secret',
      (logger) => logger.info({ saslPassword: 'canary', 'x-api-key': 'canary' }, 'x'),
    ],
    [
      'an object of a class',
      (logger) => logger.info({ profile1: new Profile(), map: new Map([[email, token]]) }, 'x'),
    ],
    [
      'bytes',
      (logger) => logger.info({ bytes: Buffer.from(email), raw: new TextEncoder().encode(token) }, 'x'),
    ],
    ['an object that writes itself', (logger) => logger.info({ a: { toJSON: () => email } }, 'x')],
    ['an object that holds itself', (logger) => logger.info({ circular }, 'x')],
    ['a member that cannot be read', (logger) => logger.info({ shy }, 'x')],
    ['the message of an error', (logger) => logger.error({ error: new Error(`${email} ${token}`) }, 'x')],
    [
      'the name of an error',
      (logger) => logger.error({ error: Object.assign(new Error(), { name: email }) }, 'x'),
    ],
    [
      'the code of an error',
      (logger) => logger.error({ error: Object.assign(new Error(), { code: token }) }, 'x'),
    ],
    [
      'the stack of an error',
      (logger) =>
        logger.error(
          { error: Object.assign(new Error(), { stack: `Error\n    at ${email} (/${token}/x.js:1:2)` }) },
          'x',
        ),
    ],
    ['the extra members of an error', (logger) => logger.error({ error: new RequestError('reset') }, 'x')],
    ['a cause', (logger) => logger.error({ error: new Error('x', { cause: new RequestError(email) }) }, 'x')],
    [
      'a cause that is no error',
      (logger) => logger.error({ error: new Error('x', { cause: { email, token } }) }, 'x'),
    ],
    [
      'the errors of an error',
      (logger) => logger.error({ error: new AggregateError([new RequestError(email), token]) }, 'x'),
    ],
    ['an error as the fields', (logger) => logger.error(new RequestError(`Bearer ${token}`), 'x')],
  ])('is written from %s', (_case, log) => {
    const { text } = lineOf(log)
    expect(text).not.toMatch(/canary|example\.com|0123456789/i)
  })

  it('is written from wherever in the fields an address stands', () => {
    fc.assert(
      fc.property(fc.emailAddress(), fc.json({ maxDepth: 3 }), fc.nat(), (address, json, seed) => {
        // Every text of some data, or every third of them, becomes the address with something around it.
        let count = seed
        const fields: unknown = JSON.parse(json, (_name, value: unknown) =>
          typeof value === 'string' && (count += 1) % 3 === 0 ? `${value} ${address} ` : value,
        )
        const { text } = lineOf((logger) => logger.info({ a: fields, b: [address] }, `<${address}>`))
        expect(text).not.toContain(address)
      }),
    )
  })
})

describe('fields of any kind', () => {
  it.each<[string, unknown, unknown]>([
    ['a bigint', 12n, '12'],
    ['a time', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an infinite number', -Infinity, '-Infinity'],
    ['a function', () => email, '[function]'],
    ['a symbol', Symbol('x'), '[symbol]'],
    ['an object of a class', new Profile(), '[Profile]'],
    ['a map', new Map(), '[Map]'],
    ['a count under a private name', { records: 12, value: null }, { records: 12, value: null }],
    ['an object too deep', { b: { c: { d: 1 } } }, { b: { c: '[object]' } }],
    [
      'a long list',
      Array.from({ length: 103 }, () => 1),
      [...Array.from({ length: 100 }, () => 1), '[3 more]'],
    ],
  ])('become JSON: %s', (_case, value, expected) => {
    expect(lineOf((logger) => logger.info({ a: value }, 'x')).data['a']).toEqual(expected)
  })

  it.each([null, undefined, 'text', 5])('are no reason to fail where they are %s', (fields) => {
    expect(lineOf((logger) => logger.info(fields as never, 'x')).data).toMatchObject({ msg: 'x' })
  })

  it('are bounded, however wide they are', () => {
    const wide: Record<string, unknown> = {}
    for (let index = 0; index < 10_000; index += 1) wide[`member${index}`] = wide
    expect(lineOf((logger) => logger.info({ wide }, 'x')).text.length).toBeLessThan(100_000)
  })
})
