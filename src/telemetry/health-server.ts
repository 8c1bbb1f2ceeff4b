import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Liveness, Readiness } from './liveness.ts'
import { redactText } from './redaction.ts'

/** Settings of {@link startHealthServer}. */
export interface HealthServerOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly metrics: { readonly contentType: string; scrape(): Promise<string> }
  isLive(): Liveness
  isReady(): Readiness
  /** Told of a fault of this program while it answered; the client was sent a 500. */
  failed?(error: unknown): void
  /** For one request, from its first byte to its last. Default 10,000. */
  readonly requestTimeoutMs?: number
  /** More are closed at once. Default 100. */
  readonly maxConnections?: number
}

/** A running server. */
export interface HealthServer {
  /** Where this machine reaches it. */
  readonly url: string
  readonly port: number
  /** Takes no more requests; resolves when the last connection is closed, after a second at most. */
  stop(): Promise<void>
}

interface Reply {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

const plainText = 'text/plain; charset=utf-8'
const index =
  'Zendesk Activation\n\n/live     restart it when this fails\n/ready    does its work\n/metrics  for Prometheus\n'
const headersTimeoutMs = 5_000
const keepAliveTimeoutMs = 5_000
const maxHeaderBytes = 8_192
const stopGraceMs = 1_000

/**
 * Serves `/live` and `/ready` (200 or 503, with the reasons), and `/metrics`, to whoever asks: nothing of it is secret or
 * personal, and nothing can be changed through it (facts: Admin endpoints). A client can neither stop it nor hold on to
 * it. Rejects where it cannot listen, with an error that says what to change.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { requestTimeoutMs = 10_000, maxConnections = 100 } = options
  const server = createServer(
    {
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
      maxHeaderSize: maxHeaderBytes,
    },
    (request, response) => {
      void answer(request, options).then((reply) => send(reply, request, response))
    },
  )
  server.maxConnections = maxConnections
  // For a client that does not take its answer.
  server.setTimeout(requestTimeoutMs)
  await listen(server, options)
  // Node reports a failed accept (no file descriptors left) here; without a listener it would end the process.
  server.on('error', (error) => options.failed?.(error))
  const { port } = server.address() as AddressInfo
  let stopped: Promise<void> | undefined
  return {
    port,
    url: urlOf(options.host, port),
    stop: async () => (stopped ??= stopServer(server)),
  }
}

async function answer(request: IncomingMessage, options: HealthServerOptions): Promise<Reply> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, contentType: plainText, body: 'only GET and HEAD\n' }
  }
  try {
    return await answerPath(request.url?.split('?')[0] ?? '', options)
  } catch (error) {
    options.failed?.(error)
    return { status: 500, contentType: plainText, body: 'internal error\n' }
  }
}

async function answerPath(path: string, options: HealthServerOptions): Promise<Reply> {
  switch (path) {
    case '/live': {
      const { live, reasons } = options.isLive()
      return verdict(live, reasons)
    }
    case '/ready': {
      const { ready, reasons } = options.isReady()
      return verdict(ready, reasons)
    }
    case '/metrics':
      return { status: 200, contentType: options.metrics.contentType, body: await options.metrics.scrape() }
    case '/':
      return { status: 200, contentType: plainText, body: index }
    default:
      return { status: 404, contentType: plainText, body: 'not found\n' }
  }
}

function verdict(ok: boolean, reasons: readonly string[]): Reply {
  const body = { status: ok ? 'ok' : 'unavailable', reasons: reasons.map(redactText) }
  return { status: ok ? 200 : 503, contentType: 'application/json', body: `${JSON.stringify(body)}\n` }
}

function send(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || (request.headers['content-length'] ?? '0') !== '0'
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(reply.status === 405 ? { allow: 'GET, HEAD' } : {}),
    // Nobody reads a body here; the connection ends with the answer instead of waiting for it.
    ...(hasBody ? { connection: 'close' } : {}),
  })
  // To a HEAD, Node sends the headers alone.
  response.end(reply.body)
}

async function listen(server: Server, { host, port }: HealthServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const remedies: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the port is taken by another process. Stop that one, or set http.port to a free port',
    EACCES: 'this user may not use that port. Set http.port to one from 1024 up',
    EADDRNOTAVAIL: 'this machine has no such address. Set http.host to one of its own, or to 0.0.0.0 for all',
    ENOTFOUND:
      'there is no host of that name. Set http.host to an address of this machine, or to 0.0.0.0 for all',
  }
  const code = error.code ?? error.name
  const remedy = remedies[code] ?? 'check http.host and http.port'
  return new Error(`cannot serve health and metrics on ${authority(host, port)}: ${remedy} (${code}).`, {
    cause: error,
  })
}

function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${authority(reachable, port)}`
}

function authority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

async function stopServer(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), stopGraceMs)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearTimeout(timer)
}
