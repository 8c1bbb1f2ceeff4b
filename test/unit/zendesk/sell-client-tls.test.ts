import { afterEach, describe, expect, it } from '@jest/globals'
import { createServer as createTlsServer } from 'node:tls'
import type { AddressInfo } from 'node:net'

import { createResources } from './clients.ts'
import { createSelfSigned } from './self-signed.ts'
import { type Behaviour, startHttpsServer } from './test-server.ts'
import { upsertOf } from './writes.ts'

const resources = createResources()
const stops: (() => void)[] = []
afterEach(async () => {
  await resources.release()
  for (const stop of stops.splice(0)) stop()
})

const contact42: Behaviour = (response) => response.end('{"data":{"id":42}}')

describe('a TLS server', () => {
  it('whose certificate is good gets the write', async () => {
    const certificate = createSelfSigned()
    const server = await resources.server(startHttpsServer(certificate, contact42))
    const client = resources.client(`https://localhost:${server.port}`, {
      ca: certificate.cert,
      allowInsecureHttp: false,
    })
    expect(await client.write(upsertOf())).toEqual({ type: 'written', contactId: 42 })
  })

  it.each([
    ['has expired', { until: '210101000000Z' }, 'cert_has_expired'],
    ['is for another host', { host: 'elsewhere.test' }, 'err_tls_cert_altname_invalid'],
  ])('whose certificate %s gets no byte of any write', async (_why, wrong, reason) => {
    const certificate = createSelfSigned(wrong)
    const server = await resources.server(startHttpsServer(certificate, contact42))
    const client = resources.client(`https://localhost:${server.port}`, { ca: certificate.cert })
    const outcomes = await Promise.all([client.write(upsertOf()), client.write(upsertOf())])
    expect(outcomes).toEqual([
      { type: 'unreachable', reason },
      { type: 'unreachable', reason },
    ])
    expect(server.received).toEqual([])
  })

  it('that ends the connection once the request is there leaves the write in doubt', async () => {
    const certificate = createSelfSigned()
    const server = createTlsServer(certificate, (socket) => {
      socket.on('error', () => undefined)
      socket.on('data', () => socket.destroy())
    })
    stops.push(() => server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const client = resources.client(`https://localhost:${port}`, { ca: certificate.cert })
    expect(await client.write(upsertOf())).toMatchObject({
      type: 'ambiguous',
      reason: expect.stringMatching(/^(econnreset|socket_closed)$/),
    })
  })
})
