import {
  createSellClient,
  type SellClient,
  type SellClientOptions,
} from '../../../src/zendesk/sell-client.ts'
import type { SellRequestEvent } from '../../../src/zendesk/sell-client.ts'
import type { TokenSource } from '../../../src/zendesk/token-file.ts'
import type { TestServer } from './test-server.ts'

/** A token of Sell's form: 64 letters and digits. */
export const testToken = 'T0k3n'.repeat(13).slice(0, 64)

/** A source of one token that counts how often it was asked to look again. */
export function fixedToken(token: string = testToken): TokenSource & { reloads(): number } {
  let reloads = 0
  const reading = { type: 'token', token } as const
  return {
    read: async () => Promise.resolve(reading),
    reload: async () => {
      reloads += 1
      return Promise.resolve(reading)
    },
    reloads: () => reloads,
  }
}

/** A client of a loopback server, and what it reported. */
export interface TestClient extends SellClient {
  readonly events: readonly SellRequestEvent[]
}

/** A client of `origin` over plain HTTP, with `options` on top. */
function createTestClient(origin: string, options: Partial<SellClientOptions> = {}): TestClient {
  const events: SellRequestEvent[] = []
  const client = createSellClient({
    origin,
    token: fixedToken(),
    userAgent: 'zendesk-activation/test',
    allowInsecureHttp: true,
    onRequest: (event) => events.push(event),
    ...options,
  })
  return { ...client, events }
}

/** The servers and clients of a test file, released after each test. */
export interface Resources {
  readonly server: (starting: Promise<TestServer>) => Promise<TestServer>
  readonly client: (origin: string, options?: Partial<SellClientOptions>) => TestClient
  readonly release: () => Promise<void>
}

/** An empty {@link Resources}; give its `release` to `afterEach`. */
export function createResources(): Resources {
  const releases: (() => Promise<void>)[] = []
  return {
    server: async (starting) => {
      const server = await starting
      releases.push(server.stop)
      return server
    },
    client: (origin, options) => {
      const client = createTestClient(origin, options)
      releases.push(async () => client.close(0))
      return client
    },
    release: async () => {
      for (const release of releases.splice(0).reverse()) await release()
    },
  }
}
