import { afterEach, describe, expect, it, jest } from '@jest/globals'

import type { SellClientOptions } from '../../../src/zendesk/sell-client.ts'
import { connectionLifetimeMs } from '../../../src/zendesk/connections.ts'
import { createResources, type TestClient } from './clients.ts'
import { type Behaviour, startHttpServer, startTcpServer, type TestServer, until } from './test-server.ts'
import { updateOf, upsertOf } from './writes.ts'

const resources = createResources()
afterEach(resources.release)

const contact42: Behaviour = (response) => response.end('{"data":{"id":42}}')
const written = { type: 'written', contactId: 42 }

/** What the name resolves to and the time, both in the hands of the test. */
interface Setting {
  readonly server: TestServer
  readonly client: TestClient
  address: string
  lookups: number
  nowMs: number
}

async function setUp(behave: Behaviour, options: Partial<SellClientOptions> = {}): Promise<Setting> {
  const server = await resources.server(startHttpServer(behave))
  const given = { address: '127.0.0.1', lookups: 0, nowMs: 1_000_000 }
  const client = resources.client(`http://sell.test:${server.port}`, {
    lookup: (_host, _options, found) => {
      given.lookups += 1
      found(null, [{ address: given.address, family: given.address.includes(':') ? 6 : 4 }])
    },
    monotonicMs: () => given.nowMs,
    ...options,
  })
  return Object.assign(given, { server, client })
}

/** Undici marks a socket free just after the answer is handed out: a write that follows at once takes another one. */
async function socketIsFree(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** An address of this machine at which nobody listens: the server has the other one alone. */
const nobody = '::1'

describe('a new address of the origin', () => {
  it('is used once the connections are as old as they may get, and the old one until then', async () => {
    const setting = await setUp(contact42)
    const { client } = setting
    expect(await client.write(updateOf())).toEqual(written)
    await socketIsFree()
    setting.address = nobody
    setting.nowMs += connectionLifetimeMs - 1
    expect(await client.write(updateOf())).toEqual(written)
    setting.nowMs += 1
    expect(await client.write(updateOf())).toMatchObject({ type: 'unreachable' })
    setting.address = '127.0.0.1'
    expect(await client.write(updateOf())).toEqual(written)
  })

  it('is used under a load that leaves no connection idle, and by what waits for one', async () => {
    const held: (() => void)[] = []
    const setting = await setUp((response, request) => held.push(() => contact42(response, request)), {
      connections: 2,
      totalDeadlineMs: 10 * connectionLifetimeMs,
    })
    const { client, server } = setting
    const writes = Array.from({ length: 6 }, async () => client.write(updateOf()))
    await until(() => held.length === 2)
    setting.nowMs += connectionLifetimeMs
    writes.push(client.write(upsertOf()))
    await until(() => server.received.some(({ method }) => method === 'POST'))
    expect(setting.lookups).toBe(3)
    const answering = setInterval(() => held.splice(0).forEach((answer) => answer()), 1)
    expect(await Promise.all(writes)).toEqual(writes.map(() => written))
    clearInterval(answering)
    // Those of the old pool have nothing left to do.
    await until(() => server.closed() >= 2)
  })

  it('is used however the wall clock jumps', async () => {
    const setting = await setUp(contact42)
    await setting.client.write(updateOf())
    await socketIsFree()
    const wallClock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000)
    await setting.client.write(updateOf())
    await socketIsFree()
    expect(setting.lookups).toBe(1)
    wallClock.mockReturnValue(Date.now() - 7_200_000)
    setting.nowMs += connectionLifetimeMs
    await setting.client.write(updateOf())
    expect(setting.lookups).toBe(2)
  })
})

describe('connections to a machine that is gone without a word', () => {
  /** Answers until `gone` is set; from then on only what comes over new connections. */
  async function startMortal(): Promise<{ server: TestServer; gone: () => void }> {
    let generation = 0
    const server = await startTcpServer((socket) => {
      const born = generation
      socket.on('data', () => {
        if (born === generation)
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n{"data":{"id":42}}')
      })
    })
    await resources.server(Promise.resolve(server))
    return { server, gone: () => void (generation += 1) }
  }

  it('cost one write each that was under way, and no write that comes later', async () => {
    const { server, gone } = await startMortal()
    const client = resources.client(server.origin, { headersTimeoutMs: 200 })
    await Promise.all(Array.from({ length: 4 }, async () => client.write(updateOf())))
    expect(server.connections()).toBe(4)
    gone()
    expect(await client.write(updateOf())).toEqual({ type: 'ambiguous', reason: 'headers_timeout' })
    for (let write = 0; write < 4; write += 1) expect(await client.write(updateOf())).toEqual(written)
  })

  it('do not take down those that work meanwhile', async () => {
    let answer: () => void = () => undefined
    const { client, server } = await setUp(
      (response, request) => {
        if (request.method === 'PUT') answer = () => contact42(response, request)
      },
      { totalDeadlineMs: 60_000 },
    )
    const slow = client.write(updateOf())
    await until(() => server.received.length === 1)
    const lost = resources.client(server.origin, { headersTimeoutMs: 100 })
    expect(await lost.write(upsertOf())).toMatchObject({ type: 'ambiguous' })
    answer()
    expect(await slow).toEqual(written)
  })
})

describe('a connection that the server closed while it was idle', () => {
  it('costs no write its outcome', async () => {
    const { client, server } = await setUp((response, request) => {
      const { socket } = response
      response.on('finish', () => socket?.end())
      contact42(response, request)
    })
    for (let write = 1; write <= 5; write += 1) {
      expect(await client.write(updateOf())).toEqual(written)
      await until(() => server.closed() === write)
    }
  })
})

describe('closing', () => {
  it('waits for writes over connections that were replaced, too', async () => {
    let answer: () => void = () => undefined
    const setting = await setUp((response, request) => {
      if (request.method === 'PUT') answer = () => contact42(response, request)
      else contact42(response, request)
    })
    const { client, server } = setting
    const slow = client.write(updateOf())
    await until(() => server.received.length === 1)
    setting.nowMs += connectionLifetimeMs
    expect(await client.write(upsertOf())).toEqual(written)
    const closed = client.close()
    answer()
    expect(await slow).toEqual(written)
    await closed
    await until(() => server.closed() === server.connections())
  })

  it('breaks those off after the grace period', async () => {
    const setting = await setUp((response, request) => {
      if (request.method === 'POST') contact42(response, request)
    })
    const { client, server } = setting
    const slow = client.write(updateOf())
    await until(() => server.received.length === 1)
    setting.nowMs += connectionLifetimeMs
    await client.write(upsertOf())
    await client.close(10)
    expect(await slow).toEqual({ type: 'ambiguous', reason: 'closed' })
    setting.nowMs += connectionLifetimeMs
    expect(await client.write(upsertOf())).toEqual({ type: 'unreachable', reason: 'closed' })
    await until(() => server.closed() === server.connections())
  })
})
