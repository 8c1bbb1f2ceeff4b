import { afterEach, describe, expect, it } from '@jest/globals'
import type { LookupFunction } from 'node:net'

import { createResources } from './clients.ts'
import { startHttpServer } from './test-server.ts'
import { upsertOf } from './writes.ts'

const resources = createResources()
afterEach(resources.release)

/** A resolver that knows nothing but that error. */
function failing(code: string): LookupFunction {
  return (_host, _options, found) => {
    found(Object.assign(new Error(`getaddrinfo ${code} sell.test`), { code }), [])
  }
}

describe('a host name', () => {
  it.each(['ENOTFOUND', 'EAI_AGAIN'])(
    'that does not resolve (%s) makes a write unreachable',
    async (code) => {
      const client = resources.client('http://sell.test', { lookup: failing(code) })
      expect(await client.write(upsertOf())).toEqual({ type: 'unreachable', reason: code.toLowerCase() })
      expect(JSON.stringify(client.events)).not.toContain('sell.test')
    },
  )

  it('that resolves again is reached again, at once', async () => {
    const server = await resources.server(startHttpServer((response) => response.end('{"data":{"id":42}}')))
    let resolve: LookupFunction = failing('ENOTFOUND')
    const client = resources.client(`http://sell.test:${server.port}`, {
      lookup: (...call) => resolve(...call),
    })
    expect(await client.write(upsertOf())).toMatchObject({ type: 'unreachable' })
    resolve = (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }])
    expect(await client.write(upsertOf())).toEqual({ type: 'written', contactId: 42 })
  })

  it('that never resolves makes a write unreachable after the connect timeout', async () => {
    const client = resources.client('http://sell.test', { lookup: () => undefined, connectTimeoutMs: 100 })
    expect(await client.write(upsertOf())).toEqual({ type: 'unreachable', reason: 'connect_timeout' })
  })

  it('with several addresses is reached at the one that answers', async () => {
    const server = await resources.server(startHttpServer((response) => response.end('{"data":{"id":42}}')))
    const client = resources.client(`http://sell.test:${server.port}`, {
      lookup: (_host, _options, found) =>
        found(null, [
          { address: '::1', family: 6 },
          { address: '127.0.0.1', family: 4 },
        ]),
    })
    expect(await client.write(upsertOf())).toEqual({ type: 'written', contactId: 42 })
  })
})
