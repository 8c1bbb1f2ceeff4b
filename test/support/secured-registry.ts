import { readFile } from 'node:fs/promises'
import { request as forward } from 'node:http'
import { createServer } from 'node:https'

/** A registry that is reached over TLS with a user's name and password alone. */
export interface SecuredRegistry {
  readonly url: string
  /** Requests that it refused for lack of the right name and password. */
  refused(): number
  /** Requests that it let through. */
  admitted(): number
  stop(): Promise<void>
}

/** Puts TLS and basic authentication before the registry at `target`; `serverFile` holds certificate and key in PEM. */
export async function secureRegistry(
  target: string,
  serverFile: string,
  user: { readonly name: string; readonly password: string },
): Promise<SecuredRegistry> {
  const expected = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`
  const pem = await readFile(serverFile)
  const counts = { refused: 0, admitted: 0 }
  const server = createServer({ key: pem, cert: pem }, (incoming, outgoing) => {
    if (incoming.headers.authorization !== expected) {
      counts.refused += 1
      outgoing.writeHead(401, { 'www-authenticate': 'Basic' }).end()
      return
    }
    counts.admitted += 1
    const { method, url = '/', headers } = incoming
    const { pathname } = new URL(target)
    const place = new URL(`${pathname === '/' ? '' : pathname}${url}`, target)
    const passed = Object.entries(headers).filter(([name]) => !['authorization', 'host'].includes(name))
    const upstream = forward(place, { method, headers: Object.fromEntries(passed) }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    upstream.on('error', () => outgoing.destroy())
    incoming.pipe(upstream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `https://127.0.0.1:${port}`,
    refused: () => counts.refused,
    admitted: () => counts.admitted,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
