import { connect, createServer, type Socket } from 'node:net'

/** A way to the emulator that notes when requests go through. */
export interface WatchedProxy {
  readonly url: string
  /** When each request came, in epoch milliseconds. */
  requestTimes(): readonly number[]
  stop(): Promise<void>
}

/** The first bytes of a request; a client has one under way on a connection, and begins it with a write of its own. */
const requestLine = /^(GET|POST|PUT|PATCH|DELETE) \//

/** A proxy on 127.0.0.1 to `origin`. */
export async function startWatchedProxy(origin: string): Promise<WatchedProxy> {
  const { hostname, port } = new URL(origin)
  const times: number[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    client.on('data', (bytes) => {
      if (requestLine.test(bytes.subarray(0, 16).toString('latin1'))) times.push(Date.now())
    })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a proxy without a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requestTimes: () => times,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
