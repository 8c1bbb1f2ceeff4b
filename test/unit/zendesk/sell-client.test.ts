import { afterEach, describe, expect, it } from '@jest/globals'

import { createSellClient, type SellClientOptions } from '../../../src/zendesk/sell-client.ts'
import { createResources, fixedToken, type TestClient, testToken } from './clients.ts'
import { type Behaviour, startHttpServer, type TestServer, until } from './test-server.ts'
import { errorBody, updateOf, upsertOf } from './writes.ts'

const resources = createResources()
afterEach(resources.release)

async function connect(
  behave: Behaviour,
  options: Partial<SellClientOptions> = {},
): Promise<{ server: TestServer; client: TestClient }> {
  const server = await resources.server(startHttpServer(behave))
  return { server, client: resources.client(server.origin, options) }
}

function answering(status: number, body: unknown = '', headers: Record<string, string> = {}): Behaviour {
  return (response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
}

const contact42 = answering(200, { data: { id: 42 } }, { 'x-request-id': 'b5h8u-qn0oj' })

describe('a write', () => {
  it('carries the token, a user agent and JSON, and resolves with the id', async () => {
    const { server, client } = await connect(contact42)
    expect(await client.write(upsertOf())).toEqual({ type: 'written', contactId: 42 })
    expect(await client.write(updateOf())).toEqual({ type: 'written', contactId: 42 })
    expect(server.received).toEqual([
      expect.objectContaining({
        method: 'POST',
        url: '/v2/contacts/upsert?email=jane%40example.com&is_organization=false',
        body: '{"data":{"last_name":"Doe","email":"jane@example.com"},"meta":{"type":"contact"}}',
      }),
      expect.objectContaining({ method: 'PUT', url: '/v2/contacts/42' }),
    ])
    for (const { headers, body } of server.received) {
      expect(headers).toEqual({
        host: `127.0.0.1:${server.port}`,
        connection: 'keep-alive',
        authorization: `Bearer ${testToken}`,
        'user-agent': 'zendesk-activation/test',
        accept: 'application/json',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
        'content-length': String(body.length),
      })
    }
  })

  it('is reported with its operation, outcome, status, request id and duration', async () => {
    const { client } = await connect(contact42)
    await client.write(upsertOf())
    expect(client.events).toEqual([
      {
        operation: 'upsert',
        outcome: 'written',
        status: 200,
        requestId: 'b5h8u-qn0oj',
        durationMs: expect.any(Number),
      },
    ])
    expect(client.events[0]?.durationMs).toBeGreaterThan(0)
  })

  it('that Sell throttles with an empty body and a Retry-After is throttled for that long', async () => {
    const { client } = await connect(answering(429, '', { 'retry-after': '7' }))
    expect(await client.write(updateOf())).toEqual({ type: 'throttled', retryAfterMs: 7_000 })
  })

  it('reads a Retry-After that is a date by the clock it was given', async () => {
    const date = 'Sun, 22 Nov 2026 12:00:09 GMT'
    const nowMs = () => Date.parse('2026-11-22T12:00:00Z')
    const { client } = await connect(answering(429, '', { 'retry-after': date }), { nowMs })
    expect(await client.write(updateOf())).toEqual({ type: 'throttled', retryAfterMs: 9_000 })
  })

  it('that Sell refuses is rejected with codes and fields', async () => {
    const body = errorBody({ code: 'unknown', field: '/data/custom_fields/vip' })
    const { client } = await connect(answering(422, body))
    expect(await client.write(updateOf({ 'custom_fields.vip': 'x' }))).toEqual({
      type: 'rejected',
      status: 422,
      errors: [{ code: 'unknown', field: '/data/custom_fields/vip' }],
    })
  })

  it.each([401, 403])(
    'answered with %s makes the next one carry the token that the file holds now',
    async (status) => {
      let current = 'revoked'
      let cached = current
      const read = async () => Promise.resolve({ type: 'token', token: cached } as const)
      const reload = async () => {
        cached = current
        return read()
      }
      const { server, client } = await connect(
        (response, { headers }) =>
          headers.authorization === 'Bearer valid'
            ? contact42(response, { headers, method: '', url: '', body: '' })
            : answering(status)(response, { headers, method: '', url: '', body: '' }),
        { token: { read, reload } },
      )
      current = 'valid'
      expect(await client.write(updateOf())).toEqual({ type: 'unauthorised', status, code: `http_${status}` })
      expect(server.received).toHaveLength(1)
      expect(await client.write(updateOf())).toEqual({ type: 'written', contactId: 42 })
    },
  )

  it('without a usable token is unauthorised and sends nothing', async () => {
    const missing = async () => Promise.resolve({ type: 'unavailable', problem: 'no file' } as const)
    const { server, client } = await connect(contact42, { token: { read: missing, reload: missing } })
    expect(await client.write(upsertOf())).toEqual({
      type: 'unauthorised',
      status: 0,
      code: 'token_unavailable',
    })
    expect(await client.checkToken()).toEqual({ type: 'no_token', problem: 'no file' })
    expect(server.connections()).toBe(0)
    expect(client.events).toEqual([])
  })
})

describe('connections', () => {
  // Undici marks a socket free just after the answer is handed out, so a write that follows at once takes a second one.
  it('are kept: a hundred writes one after another use at most two', async () => {
    const { server, client } = await connect(contact42)
    for (let write = 0; write < 100; write += 1) await client.write(updateOf())
    expect(server.received).toHaveLength(100)
    expect(server.connections()).toBeLessThanOrEqual(2)
  })

  it('are bounded: more writes at once than connections wait for one', async () => {
    const held: (() => void)[] = []
    const { server, client } = await connect(
      (response, request) => {
        held.push(() => contact42(response, request))
        // Answers four at a time: with fewer connections than that no write would ever end.
        if (held.length === 4) for (const answer of held.splice(0)) answer()
      },
      { connections: 4 },
    )
    const outcomes = await Promise.all(Array.from({ length: 60 }, async () => client.write(updateOf())))
    expect(outcomes.filter(({ type }) => type === 'written')).toHaveLength(60)
    expect(server.connections()).toBe(4)
  })

  it('survive refusals and errors, whose bodies are read to the end', async () => {
    let turn = 0
    const statuses = [500, 422, 429, 404, 401, 200]
    const { server, client } = await connect((response, request) => {
      const status = statuses[turn % statuses.length] ?? 200
      turn += 1
      answering(status, 'x'.repeat(10_000))(response, request)
    })
    for (let write = 0; write < 12; write += 1) await client.write(updateOf())
    expect(server.received).toHaveLength(12)
    expect(server.connections()).toBeLessThanOrEqual(2)
  })
})

describe('closing', () => {
  it('lets a write in flight finish and takes no more', async () => {
    let finish: () => void = () => undefined
    const { server, client } = await connect((response, request) => {
      finish = () => contact42(response, request)
    })
    const write = client.write(updateOf())
    await until(() => server.received.length === 1)
    const closed = client.close()
    expect(await client.write(updateOf())).toEqual({ type: 'unreachable', reason: 'closed' })
    finish()
    expect(await write).toEqual({ type: 'written', contactId: 42 })
    await closed
    await until(() => server.closed() === server.connections())
    expect(server.received).toHaveLength(1)
  })

  it('breaks off what is in flight after the grace period, as an outcome in doubt', async () => {
    const { server, client } = await connect(() => undefined, { connections: 1 })
    const sent = client.write(updateOf())
    await until(() => server.received.length === 1)
    const waiting = client.write(updateOf())
    await client.close(10)
    expect(await sent).toEqual({ type: 'ambiguous', reason: 'closed' })
    expect(await waiting).toEqual({ type: 'unreachable', reason: 'closed' })
    await until(() => server.closed() === server.connections())
  })

  it('twice is closing once', async () => {
    const { client } = await connect(contact42)
    await client.write(updateOf())
    await Promise.all([client.close(), client.close()])
    expect(await client.write(updateOf())).toEqual({ type: 'unreachable', reason: 'closed' })
  })
})

describe('creating a client', () => {
  const options = { origin: 'https://api.getbase.com', token: fixedToken(), userAgent: 'a/1' }

  it.each([
    ['an http origin', { origin: 'http://api.getbase.com' }, /unencrypted/],
    ['a password in the origin', { origin: 'https://a:b@api.getbase.com' }, /password/],
    ['no user agent', { userAgent: '' }, /user agent/],
    ['a user agent with a newline', { userAgent: 'a\r\nx: y' }, /user agent/],
  ])('fails for %s', (_case, wrong, message) => {
    expect(() => createSellClient({ ...options, ...wrong })).toThrow(message)
  })
})
