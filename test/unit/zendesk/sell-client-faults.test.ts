import { afterEach, describe, expect, it } from '@jest/globals'

import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { SellClientOptions } from '../../../src/zendesk/sell-client.ts'
import { createResources } from './clients.ts'
import { createSelfSigned } from './self-signed.ts'
import { startHttpServer, startTcpServer, startTlsServer, type TestServer, until } from './test-server.ts'
import { updateOf, upsertOf } from './writes.ts'

const resources = createResources()
afterEach(resources.release)

async function writeTo(server: TestServer, options: Partial<SellClientOptions> = {}): Promise<WriteOutcome> {
  return resources.client(server.origin, options).write(upsertOf())
}

const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'

describe('a server that takes the request and then', () => {
  it('never answers leaves the write in doubt at the deadline', async () => {
    const server = await resources.server(startHttpServer(() => undefined))
    expect(await writeTo(server, { totalDeadlineMs: 1_000 })).toEqual({
      type: 'ambiguous',
      reason: 'deadline',
    })
    expect(server.received).toHaveLength(1)
    await until(() => server.closed() > 0)
  })

  it('never answers leaves it in doubt after the headers timeout, if that is shorter', async () => {
    const server = await resources.server(startHttpServer(() => undefined))
    expect(await writeTo(server, { headersTimeoutMs: 100 })).toEqual({
      type: 'ambiguous',
      reason: 'headers_timeout',
    })
  })

  it('falls silent within the body leaves it in doubt after the body timeout', async () => {
    const server = await resources.server(
      startHttpServer((response) => response.writeHead(200).write('{"data":')),
    )
    expect(await writeTo(server, { bodyTimeoutMs: 100 })).toEqual({
      type: 'ambiguous',
      reason: 'body_timeout',
    })
  })

  it('drips its body for ever is cut off at the deadline, however often it drips', async () => {
    const server = await resources.server(
      startHttpServer((response) => {
        response.writeHead(200)
        const drip = setInterval(() => response.write(' '), 5)
        response.on('close', () => clearInterval(drip))
      }),
    )
    const outcome = await writeTo(server, { totalDeadlineMs: 1_000, bodyTimeoutMs: 500 })
    expect(outcome).toEqual({ type: 'ambiguous', reason: 'deadline' })
    await until(() => server.closed() > 0)
  })

  it('drips its headers for ever is cut off at the deadline', async () => {
    const server = await resources.server(
      startTcpServer((socket) => {
        const drip = setInterval(() => socket.write('x'), 5)
        socket.write(`${head}x-long: `)
        socket.on('close', () => clearInterval(drip))
      }),
    )
    expect(await writeTo(server, { totalDeadlineMs: 1_000 })).toEqual({
      type: 'ambiguous',
      reason: 'deadline',
    })
  })

  it('sends a body without end is cut off at the size limit', async () => {
    let sent = 0
    const server = await resources.server(
      startHttpServer((response) => {
        const chunk = Buffer.alloc(16_384, 'x')
        const pour = () => {
          do sent += chunk.length
          while (response.write(chunk) && !response.destroyed)
        }
        response.on('drain', pour).writeHead(200)
        pour()
      }),
    )
    expect(await writeTo(server, { maxResponseBytes: 100_000 })).toEqual({
      type: 'ambiguous',
      reason: 'body_too_large',
    })
    await until(() => server.closed() > 0)
    // What the sockets' buffers hold on top of the limit.
    expect(sent).toBeLessThan(20_000_000)
  })

  it.each([
    ['before the answer', ''],
    ['within the headers', head],
    ['within the body', `${head}content-length: 500\r\n\r\n{"data":{"id":42}`],
  ])('resets the connection %s leaves the write in doubt', async (_when, text) => {
    const server = await resources.server(
      startTcpServer((socket) => {
        socket.once('data', () => socket.write(text, () => socket.resetAndDestroy()))
      }),
    )
    const outcome = await writeTo(server)
    expect(outcome.type).toBe('ambiguous')
    expect((outcome as { reason: string }).reason).toMatch(/^(econnreset|socket_closed)$/)
  })

  it.each([
    ['half-closes without an answer', ''],
    ['half-closes within the body', `${head}content-length: 500\r\n\r\n{"data":{"id":42}`],
  ])('%s leaves the write in doubt', async (_how, text) => {
    const server = await resources.server(
      startTcpServer((socket) => socket.once('data', () => socket.end(text))),
    )
    expect(await writeTo(server)).toEqual({ type: 'ambiguous', reason: 'socket_closed' })
  })

  it('answers in no known protocol leaves the write in doubt', async () => {
    const server = await resources.server(
      startTcpServer((socket) => socket.once('data', () => socket.write('SSH-2.0-OpenSSH_9.9\r\n'))),
    )
    expect(await writeTo(server)).toEqual({ type: 'ambiguous', reason: 'hpe_not_http' })
  })

  it('sends headers without end leaves the write in doubt', async () => {
    const server = await resources.server(
      startTcpServer((socket) => {
        socket.once('data', () => socket.write(`${head}x-long: ${'x'.repeat(100_000)}`))
      }),
    )
    expect(await writeTo(server)).toEqual({ type: 'ambiguous', reason: 'headers_too_large' })
  })

  it('says 401 and breaks off is believed all the same', async () => {
    const server = await resources.server(
      startTcpServer((socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 9\r\n\r\n{'))
      }),
    )
    expect(await writeTo(server)).toEqual({ type: 'unauthorised', status: 401, code: 'http_401' })
  })

  it('precedes its answer with an informational one is understood', async () => {
    const server = await resources.server(
      startHttpServer((response) => {
        response.writeEarlyHints({ link: '</a>; rel=preload' })
        response.end('{"data":{"id":9}}')
      }),
    )
    expect(await writeTo(server)).toEqual({ type: 'written', contactId: 9 })
  })

  it('sends an informational answer alone has not answered', async () => {
    const server = await resources.server(
      startTcpServer((socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'))
      }),
    )
    const client = resources.client(server.origin)
    expect(await client.write(upsertOf())).toEqual({ type: 'ambiguous', reason: 'socket_closed' })
    expect(client.events).toMatchObject([{ outcome: 'ambiguous', status: null }])
  })

  it('compresses unasked leaves the write in doubt', async () => {
    const server = await resources.server(
      startHttpServer((response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.from('1f8b0800', 'hex'))
      }),
    )
    expect(await writeTo(server)).toEqual({ type: 'ambiguous', reason: 'unreadable_answer' })
  })
})

describe('a request that no server took', () => {
  it('for want of a listener is unreachable', async () => {
    const server = await startHttpServer(() => undefined)
    await server.stop()
    const client = resources.client(server.origin)
    expect(await client.write(upsertOf())).toEqual({ type: 'unreachable', reason: 'econnrefused' })
    expect(client.events).toMatchObject([{ operation: 'upsert', outcome: 'unreachable', status: null }])
  })

  it('because the connection was reset within the TLS handshake is unreachable, not in doubt', async () => {
    const server = await resources.server(
      startTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    )
    expect(await resources.client(`https://127.0.0.1:${server.port}`).write(upsertOf())).toEqual({
      type: 'unreachable',
      reason: 'econnreset',
    })
  })

  it('because the TLS handshake never ends is unreachable', async () => {
    const server = await resources.server(startTcpServer(() => undefined))
    const client = resources.client(`https://127.0.0.1:${server.port}`, { connectTimeoutMs: 100 })
    expect(await client.write(upsertOf())).toEqual({ type: 'unreachable', reason: 'connect_timeout' })
  })

  it('because the other side speaks no TLS is unreachable', async () => {
    const server = await resources.server(startHttpServer(() => undefined))
    const outcome = await resources.client(`https://127.0.0.1:${server.port}`).write(upsertOf())
    expect(outcome).toEqual({ type: 'unreachable', reason: expect.stringMatching(/^(eproto|err_ssl_\w+)$/) })
    expect(server.received).toEqual([])
  })

  it('because nobody vouches for the certificate is unreachable, and nothing was sent', async () => {
    const server = await resources.server(startTlsServer(createSelfSigned()))
    expect(await resources.client(`https://localhost:${server.port}`).write(upsertOf())).toEqual({
      type: 'unreachable',
      reason: 'depth_zero_self_signed_cert',
    })
    expect(server.connections()).toBeGreaterThan(0)
    expect(server.received).toEqual([])
  })

  it('because it waited for a connection until its deadline is unreachable and is not sent later', async () => {
    const server = await resources.server(startHttpServer(() => undefined))
    const client = resources.client(server.origin, { connections: 1, totalDeadlineMs: 1_000 })
    const outcomes = await Promise.all([client.write(updateOf()), client.write(upsertOf())])
    // This one comes after the upsert in the queue: what was given up may not leave before it.
    await client.write(updateOf())
    // Both deadlines fall on one turn of the event loop, unless the machine is so busy that a second connection stands
    // between them. The upsert left then, and only then may its outcome be in doubt.
    const left = server.received.some(({ method }) => method === 'POST')
    expect(outcomes).toEqual([
      { type: 'ambiguous', reason: 'deadline' },
      { type: left ? 'ambiguous' : 'unreachable', reason: 'deadline' },
    ])
  })
})
