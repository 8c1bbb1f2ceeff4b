import { afterEach, describe, expect, it } from '@jest/globals'

import { createResources, fixedToken, testToken } from './clients.ts'
import { startHttpServer } from './test-server.ts'
import { updateOf, upsertOf } from './writes.ts'

const resources = createResources()
afterEach(resources.release)

describe('the token', () => {
  it.each([301, 302, 303, 307, 308])(
    'does not follow a %s to another port, nor does the write',
    async (status) => {
      const elsewhere = await resources.server(
        startHttpServer((response) => response.end('{"data":{"id":42}}')),
      )
      const server = await resources.server(
        startHttpServer((response) => {
          response.writeHead(status, { location: `${elsewhere.origin}/v2/contacts/42` }).end()
        }),
      )
      expect(await resources.client(server.origin).write(upsertOf())).toEqual({
        type: 'unauthorised',
        status,
        code: 'redirect',
      })
      expect(server.received).toHaveLength(1)
      expect(elsewhere.connections()).toBe(0)
    },
  )

  it('stays out of outcomes and reports, even when an answer repeats it everywhere', async () => {
    for (const status of [200, 302, 400, 401, 403, 404, 409, 422, 429, 500]) {
      const server = await resources.server(
        startHttpServer((response, { headers }) => {
          const echo = (headers.authorization ?? '').replace('Bearer ', '')
          expect(echo).toBe(testToken)
          const error = { code: echo, field: `/${echo}`, message: echo, details: echo }
          response
            .writeHead(status, { 'x-request-id': echo, 'retry-after': echo, location: `/${echo}` })
            .end(JSON.stringify({ errors: [{ error }], data: { id: echo } }))
        }),
      )
      const client = resources.client(server.origin)
      const results = [
        await client.write(upsertOf()),
        await client.write(updateOf()),
        await client.checkToken(),
      ]
      expect(server.received.length).toBeGreaterThanOrEqual(3)
      expect(JSON.stringify([results, client.events])).not.toContain(testToken.slice(0, 10))
    }
  })

  it('is asked for again after a 401, and only then', async () => {
    let status = 500
    const token = fixedToken()
    const server = await resources.server(startHttpServer((response) => response.writeHead(status).end()))
    const client = resources.client(server.origin, { token })
    await client.write(updateOf())
    expect(token.reloads()).toBe(0)
    status = 401
    await client.write(updateOf())
    expect(token.reloads()).toBe(1)
  })
})
