import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

import type { SelfSigned } from './self-signed.ts'

/** A request as a server saw it. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server on the loopback interface. */
export interface TestServer {
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly origin: string
  readonly received: readonly Received[]
  /** Connections accepted so far. */
  readonly connections: () => number
  /** Connections that have ended. */
  readonly closed: () => number
  readonly stop: () => Promise<void>
}

/** How an HTTP server behaves: called once the whole request has arrived. */
export type Behaviour = (response: ServerResponse, request: Received) => void

/** An HTTP server that records every request and answers as `behave` says. */
export async function startHttpServer(behave: Behaviour): Promise<TestServer> {
  const received: Received[] = []
  const server = createServer(recording(received, behave))
  // Longer than any test: here the client decides when an idle socket goes.
  server.keepAliveTimeout = 60_000
  return listen(server, received)
}

/** The same over TLS. */
export async function startHttpsServer(certificate: SelfSigned, behave: Behaviour): Promise<TestServer> {
  const received: Received[] = []
  return listen(createHttpsServer(certificate, recording(received, behave)), received)
}

function recording(received: Received[], behave: Behaviour) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    void readBody(request).then((body) => {
      const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
      received.push(seen)
      behave(response, seen)
    })
  }
}

/** A server that speaks no HTTP unless `onSocket` does. */
export async function startTcpServer(onSocket: (socket: Socket) => void): Promise<TestServer> {
  return listen(createTcpServer({ allowHalfOpen: true }, onSocket), [])
}

/** A TLS server whose certificate nobody has reason to trust. Records what arrives after the handshake. */
export async function startTlsServer(certificate: SelfSigned): Promise<TestServer> {
  const received: Received[] = []
  const server = createTlsServer(certificate, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data: Buffer) =>
      received.push({ method: '', url: '', headers: {}, body: data.toString() }),
    )
  })
  return listen(server, received)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function listen(server: Server, received: readonly Received[]): Promise<TestServer> {
  let accepted = 0
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    received,
    connections: () => accepted,
    closed: () => accepted - sockets.size,
    stop: async () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Resolves once `condition` holds, looking again after every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
