import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

import { afterEach, describe, expect, it } from '@jest/globals'

import {
  type HealthServer,
  type HealthServerOptions,
  startHealthServer,
} from '../../../src/telemetry/health-server.ts'
import { exampleMetrics, parseExposition } from './exposition.ts'

const servers: HealthServer[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map(async (server) => server.stop()))
})

async function start(options: Partial<HealthServerOptions> = {}): Promise<HealthServer> {
  const server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    metrics: { contentType: 'text/plain', scrape: async () => Promise.resolve('m 1\n') },
    isLive: () => ({ live: true, reasons: [] }),
    isReady: () => ({ ready: true, reasons: [] }),
    ...options,
  })
  servers.push(server)
  return server
}

/** A connection that sends `text`, and everything that came back once the server closed it. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = open(port)
  socket.write(text)
  let received = ''
  socket.on('data', (data: Buffer) => (received += data.toString()))
  await once(socket, 'close')
  return received
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

async function answers(server: HealthServer): Promise<boolean> {
  return fetch(`${server.url}/live`, { headers: { connection: 'close' } }).then(
    async (response) => (await response.text()) !== '' && response.ok,
    () => false,
  )
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const startedAtMs = performance.now()
  while (!(await condition())) {
    if (performance.now() - startedAtMs > 20_000) throw new Error('it did not come true in 20 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('the probes', () => {
  it.each(['/live', '/ready'])('%s is 200 while all is well', async (path) => {
    const response = await fetch(`${(await start()).url}${path}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({ status: 'ok', reasons: [] })
  })

  it.each(['/live', '/ready'])('%s is 503 with the reasons otherwise', async (path) => {
    const reasons = ['deliver: no progress for 75 s', 'assemble: restores its state']
    const server = await start({
      isLive: () => ({ live: false, reasons }),
      isReady: () => ({ ready: false, reasons }),
    })
    const response = await fetch(`${server.url}${path}?verbose=1`)
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'unavailable', reasons })
  })

  it('tell nothing personal, whatever a reason says', async () => {
    const server = await start({ isLive: () => ({ live: false, reasons: ['failed at jane@example.com'] }) })
    expect(await (await fetch(`${server.url}/live`)).text()).not.toContain('jane')
  })

  it('ask anew every time', async () => {
    let live = true
    const server = await start({ isLive: () => ({ live, reasons: [] }) })
    expect((await fetch(`${server.url}/live`)).status).toBe(200)
    live = false
    expect((await fetch(`${server.url}/live`)).status).toBe(503)
  })
})

describe('the metrics', () => {
  it('are served as Prometheus reads them', async () => {
    const server = await start({ metrics: exampleMetrics() })
    const response = await fetch(`${server.url}/metrics`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const { samples } = parseExposition(await response.text())
    expect(samples.map(({ name }) => name)).toContain('zendesk_activation_write_outcomes_total')
  })

  it('that cannot be gathered are a 500 that says nothing, and the program hears of it', async () => {
    const failures: unknown[] = []
    const failure = new Error('jane@example.com')
    const server = await start({
      metrics: { contentType: 'text/plain', scrape: async () => Promise.reject(failure) },
      failed: (error) => failures.push(error),
    })
    const response = await fetch(`${server.url}/metrics`)
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('internal error\n')
    expect(failures).toEqual([failure])
    expect(await answers(server)).toBe(true)
  })
})

describe('the server', () => {
  it('names its paths at the root', async () => {
    const text = await (await fetch((await start()).url)).text()
    for (const path of ['/live', '/ready', '/metrics']) expect(text).toContain(path)
  })

  it.each(['/', '/live', '/ready', '/metrics'])('answers HEAD %s as GET, without the body', async (path) => {
    const { url } = await start()
    const [head, get] = [await fetch(`${url}${path}`, { method: 'HEAD' }), await fetch(`${url}${path}`)]
    expect(head.status).toBe(get.status)
    expect(head.headers.get('content-length')).toBe(String((await get.text()).length))
    expect(await head.text()).toBe('')
  })

  it.each(['/livez', '/live/', '/metrics/x', '//live', '/%6cive', '/..'])(
    'has nothing at %s',
    async (path) => {
      const { port } = await start()
      expect(await exchange(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 404 /,
      )
    },
  )

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('refuses %s', async (method) => {
    const response = await fetch(`${(await start()).url}/live`, { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD')
    expect(await response.text()).toBe('only GET and HEAD\n')
  })

  it('says where it is reached when it listens on all addresses', async () => {
    const server = await start({ host: '0.0.0.0' })
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    expect(await answers(server)).toBe(true)
  })

  it('that finds its port taken says which, and what to do', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    await expect(start({ port })).rejects.toThrow(
      `cannot serve health and metrics on 127.0.0.1:${port}: the port is taken by another process. ` +
        'Stop that one, or set http.port to a free port (EADDRINUSE).',
    )
    await new Promise((resolve) => other.close(resolve))
  })

  it('that has no such address says so', async () => {
    await expect(start({ host: '192.0.2.1' })).rejects.toThrow(
      /^cannot serve .* on 192\.0\.2\.1:0: .* Set http\.host .* \(EADDRNOTAVAIL\)\.$/,
    )
  })

  it('is gone once stopped, also when asked twice', async () => {
    const server = await start()
    await fetch(`${server.url}/live`)
    await Promise.all([server.stop(), server.stop()])
    expect(await answers(server)).toBe(false)
  })

  it('stops within seconds though a client holds on', async () => {
    const server = await start()
    const socket = open(server.port)
    socket.write('GET /live HTTP/1.1\r\nHost:')
    await once(socket, 'connect')
    const startedAtMs = performance.now()
    await server.stop()
    expect(performance.now() - startedAtMs).toBeLessThan(4000)
  })
})

describe('a client', () => {
  const endless = 'POST /live HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'

  it.each([
    ['that speaks no HTTP', '\u0000\u0001 nonsense\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['with a huge header', `GET / HTTP/1.1\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['that never ends its headers', 'GET /live HTTP/1.1\r\nHost: x\r\nX-Slow: ', /^(?:HTTP\/1\.1 408 |$)/],
    ['that never ends its body', endless, /^HTTP\/1\.1 405 (?:(?!HTTP\/1\.1).)*$/s],
    ['that sends nothing', '', /^(?:HTTP\/1\.1 408 |$)/],
    [
      'that wants another protocol',
      'GET /live HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n',
      /^HTTP\/1\.1 200 /,
    ],
    ['that wants a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n', /^$/],
  ])('%s is answered, or closed, and gone', async (_case, text, answer) => {
    const server = await start({ requestTimeoutMs: 300 })
    expect(await exchange(server.port, text)).toMatch(answer)
    expect(await answers(server)).toBe(true)
  })

  it('that leaves in the middle does no harm', async () => {
    const failures: unknown[] = []
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    let asked = 0
    const scrape = async () => {
      asked += 1
      await gate
      return 'm 1\n'.repeat(500_000)
    }
    const metrics = { contentType: 'text/plain', scrape }
    const server = await start({ metrics, failed: (error) => failures.push(error) })
    for (let client = 0; client < 20; client += 1) {
      open(server.port).write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
    }
    await until(async () => asked === 20 && (await answers(server)))
    for (const socket of sockets) socket.resetAndDestroy()
    release()
    expect(await answers(server)).toBe(true)
    expect(failures).toEqual([])
  })

  it('beyond the limit is closed at once, until another one leaves', async () => {
    const server = await start({ maxConnections: 2 })
    const held = [open(server.port), open(server.port)]
    await Promise.all(held.map(async (socket) => once(socket, 'connect')))
    const refused = open(server.port)
    await once(refused, 'close')
    expect(await answers(server)).toBe(false)
    held[0]?.destroy()
    await until(async () => answers(server))
    expect(await answers(server)).toBe(true)
  })

  it('that does not take its answer gives its place back', async () => {
    const body = 'm 1\n'.repeat(8_000_000)
    const metrics = { contentType: 'text/plain', scrape: async () => Promise.resolve(body) }
    const server = await start({ metrics, requestTimeoutMs: 300, maxConnections: 1 })
    const socket = open(server.port)
    socket.pause()
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'connect')
    expect(await answers(server)).toBe(false)
    await until(async () => answers(server))
    expect(await answers(server)).toBe(true)
  })
})
