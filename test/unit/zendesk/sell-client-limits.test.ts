import { afterEach, describe, expect, it } from '@jest/globals'

import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { SellClientOptions } from '../../../src/zendesk/sell-client.ts'
import type { TokenReading } from '../../../src/zendesk/token-file.ts'
import { createResources, fixedToken, testToken } from './clients.ts'
import { startHttpServer, startTcpServer, type TestServer, until } from './test-server.ts'
import { updateOf, upsertOf } from './writes.ts'

const resources = createResources()
afterEach(resources.release)

const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'

async function writeTo(server: TestServer, options: Partial<SellClientOptions> = {}): Promise<WriteOutcome> {
  return resources.client(server.origin, options).write(upsertOf())
}

/** A server that says `text` to each request, and then `more` again and again for as long as it is listened to. */
async function pouring(text: string, more: string): Promise<TestServer> {
  return resources.server(
    startTcpServer((socket) => {
      socket.once('data', () => {
        socket.write(text)
        const pour = setInterval(() => socket.write(more), 1)
        socket.on('close', () => clearInterval(pour))
      })
    }),
  )
}

describe('an answer', () => {
  it('whose headers are longer than allowed leaves the write in doubt', async () => {
    const server = await resources.server(
      startTcpServer((socket) => {
        socket.once('data', () =>
          socket.write(`${head}x-long: ${'x'.repeat(2_000)}\r\ncontent-length: 18\r\n\r\n{"data":{"id":42}}`),
        )
      }),
    )
    expect(await writeTo(server, { maxHeaderBytes: 1_000 })).toEqual({
      type: 'ambiguous',
      reason: 'headers_too_large',
    })
    expect(await writeTo(server)).toEqual({ type: 'written', contactId: 42 })
  })

  it('whose trailers have no end leaves the write in doubt', async () => {
    const server = await pouring(
      `${head}transfer-encoding: chunked\r\n\r\n12\r\n{"data":{"id":42}}\r\n0\r\n`,
      `x-long: ${'x'.repeat(1_000)}\r\n`,
    )
    expect(await writeTo(server)).toEqual({ type: 'ambiguous', reason: 'headers_too_large' })
    await until(() => server.closed() > 0)
  })

  it.each([
    ['announcements of it', '', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'],
    ['the extension of its chunk', `${head}transfer-encoding: chunked\r\n\r\n5;a=`, 'x'.repeat(1_000)],
  ])('that never comes for all the %s is cut off at the deadline', async (_what, text, more) => {
    const server = await pouring(text, more)
    expect(await writeTo(server, { totalDeadlineMs: 1_000 })).toMatchObject({
      type: 'ambiguous',
      reason: 'deadline',
    })
    await until(() => server.closed() > 0)
  })

  it('that announces a gigabyte is cut off at the size limit', async () => {
    const server = await pouring(`${head}content-length: 1073741824\r\n\r\n`, 'x'.repeat(65_536))
    expect(await writeTo(server, { maxResponseBytes: 100_000 })).toEqual({
      type: 'ambiguous',
      reason: 'body_too_large',
    })
    await until(() => server.closed() > 0)
  })
})

describe('a request', () => {
  it('that is cut off while it is being sent is in doubt', async () => {
    const server = await resources.server(
      startTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    )
    const long = upsertOf({ last_name: 'Doe', description: 'x'.repeat(8_000_000) })
    expect(await resources.client(server.origin).write(long)).toMatchObject({
      type: 'ambiguous',
      reason: expect.stringMatching(/^(econnreset|epipe|socket_closed)$/),
    })
  })

  it('whose token cannot be read in time is given up at the deadline, unsent', async () => {
    const server = await resources.server(startHttpServer((response) => response.end('{"data":{"id":42}}')))
    const hanging = new Promise<TokenReading>(() => undefined)
    const token = { read: async () => hanging, reload: async () => hanging }
    expect(await writeTo(server, { token, totalDeadlineMs: 300 })).toEqual({
      type: 'unauthorised',
      status: 0,
      code: 'token_unavailable',
    })
    expect(server.connections()).toBe(0)
  })

  it('whose deadline passed before it left, as in a process that stood still, is not sent', async () => {
    const server = await resources.server(startHttpServer((response) => response.end('{"data":{"id":42}}')))
    let nowMs = 0
    const token = {
      ...fixedToken(),
      read: async () => {
        nowMs += 15_000
        return fixedToken().read()
      },
    }
    expect(await writeTo(server, { token, monotonicMs: () => nowMs })).toEqual({
      type: 'unreachable',
      reason: 'deadline',
    })
    expect(server.connections()).toBe(0)
  })

  it('whose deadline passed while it waited for a connection is not sent over it', async () => {
    const server = await resources.server(startHttpServer((response) => response.end('{"data":{"id":42}}')))
    let nowMs = 0
    const client = resources.client(`http://sell.test:${server.port}`, {
      monotonicMs: () => nowMs,
      lookup: (_host, _options, found) => {
        nowMs += 15_000
        found(null, [{ address: '127.0.0.1', family: 4 }])
      },
    })
    expect(await client.write(upsertOf())).toEqual({ type: 'unreachable', reason: 'deadline' })
    expect(server.received).toEqual([])
  })

  it('has what is left of its deadline once the token is read', async () => {
    const server = await resources.server(startHttpServer(() => undefined))
    const token = {
      ...fixedToken(),
      read: async () =>
        new Promise<TokenReading>((resolve) => {
          setTimeout(() => resolve({ type: 'token', token: testToken }), 600)
        }),
    }
    const beganMs = performance.now()
    expect(await writeTo(server, { token, totalDeadlineMs: 1_000 })).toEqual({
      type: 'ambiguous',
      reason: 'deadline',
    })
    // A deadline of its own would end after 1,600 ms.
    expect(performance.now() - beganMs).toBeLessThan(1_500)
  })

  it('is refused in time although the token file cannot be looked at again', async () => {
    const server = await resources.server(startHttpServer((response) => response.writeHead(401).end()))
    const token = { ...fixedToken(), reload: async () => new Promise<TokenReading>(() => undefined) }
    expect(await writeTo(server, { token, totalDeadlineMs: 1_000 })).toMatchObject({
      type: 'unauthorised',
      status: 401,
    })
  })
})

describe("a redirect to the address of a cloud machine's credentials", () => {
  const metadata = 'http://169.254.169.254/latest/meta-data/iam/security-credentials/'

  it('is followed by no operation, and costs no second connection', async () => {
    const looked: string[] = []
    const server = await resources.server(
      startHttpServer((response) => {
        response.writeHead(302, { location: metadata, refresh: `0; url=${metadata}` }).end()
      }),
    )
    const client = resources.client(`http://sell.test:${server.port}`, {
      connections: 1,
      lookup: (host, _options, found) => {
        looked.push(host)
        found(null, [{ address: '127.0.0.1', family: 4 }])
      },
    })
    const refused = { type: 'unauthorised', status: 302, code: 'redirect' }
    expect(await client.write(upsertOf())).toEqual(refused)
    expect(await client.write(updateOf())).toEqual(refused)
    expect(await client.checkToken()).toEqual(refused)
    expect(await client.listCustomFields()).toEqual(refused)
    expect(server.received.map(({ url }) => new URL(url, 'http://sell.test').hostname)).toEqual([
      'sell.test',
      'sell.test',
      'sell.test',
      'sell.test',
    ])
    expect(looked).toEqual(['sell.test'])
  })
})
