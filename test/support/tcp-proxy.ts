import { connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be cut and mended. */
export interface TcpProxy {
  readonly port: number
  /** Resets every connection and refuses new ones. */
  cut(): Promise<void>
  mend(): Promise<void>
  stop(): Promise<void>
}

/** A proxy on 127.0.0.1 to `host:port`; it lets everything through until it is cut. */
export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, host)
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
  const listen = async (at: number): Promise<number> =>
    await new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(at, '127.0.0.1', () => {
        server.off('error', reject)
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : at)
      })
    })
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.resetAndDestroy()
    await closed
  }
  const ownPort = await listen(0)
  const mend = async (): Promise<void> => {
    await listen(ownPort)
  }
  return { port: ownPort, cut, mend, stop: cut }
}
