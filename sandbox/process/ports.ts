import { createServer, type Server } from 'node:net'

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer()
  return await new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server))
  })
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve))
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port')
  return address.port
}

/** Different ports of 127.0.0.1 that were free a moment ago: another process may take one before it is used. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held open together, so that none is handed out twice.
  const servers = (await Promise.all(Array.from({ length: count }, async () => await listen(0)))).filter(
    (server) => server !== undefined,
  )
  const ports = servers.map(portOf)
  await Promise.all(servers.map(close))
  if (ports.length < count) throw new Error('the system gives no free port on 127.0.0.1')
  return ports
}

/** Whether a port of 127.0.0.1 can be listened on now. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listen(port)
  if (server !== undefined) await close(server)
  return server !== undefined
}
