import { randomBytes, randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'

import { serveApi } from './api.ts'
import type { Target } from './api.ts'
import { serveControl } from './control-edge.ts'
import { demoCustomFields } from './custom-fields.ts'
import type { CustomFieldInput } from './custom-fields.ts'
import { isPage, servePage } from './page-edge.ts'
import { createSell } from './sell.ts'
import type { Clock, Sell } from './sell.ts'
import type { SellSwitches } from './switches.ts'

/** Settings of an emulator; every one has a default. */
export interface ZendeskSellOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** Default 127.0.0.1. The control endpoint answers loopback clients only, whatever is set here. */
  readonly host?: string
  /** 64 characters without a blank; random when not given. */
  readonly token?: string
  /** Requests admitted in any sliding second; default 10, 0 or Infinity for no limit. */
  readonly ratePerSecond?: number
  readonly switches?: Partial<SellSwitches>
  /** Default: five audience fields, texts and dropdowns. */
  readonly customFields?: readonly CustomFieldInput[]
  /** How many requests the log keeps; default 200,000. */
  readonly logCapacity?: number
  /** Default: the system's clocks. */
  readonly clock?: Clock
}

/** An emulator that listens. */
export interface RunningZendeskSell {
  /** Without a slash at the end; the API is at `${url}/v2`. */
  readonly url: string
  /** The token at the start; the control endpoint can replace it. */
  readonly token: string
  /** Resets every connection, forgets what was still to be applied, and frees the port. */
  stop(): Promise<void>
}

const systemClock: Clock = { epochMs: () => Date.now(), monotonicMs: () => performance.now() }

function newToken(): string {
  return randomBytes(32).toString('hex')
}

// Real ids look like `b5h8u-qn0oj-8mr2n-94mug`.
function newRequestId(): string {
  const group = () =>
    randomInt(36 ** 5)
      .toString(36)
      .padStart(5, '0')
  return [group(), group(), group(), group()].join('-')
}

function readTarget(url: string): Target {
  const at = url.indexOf('?')
  return at < 0 ? { path: url, rawQuery: '' } : { path: url.slice(0, at), rawQuery: url.slice(at + 1) }
}

async function serve(
  sell: Sell,
  request: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const target = readTarget(request.url ?? '/')
  if (/^\/_control(\/|$)/.test(target.path)) await serveControl(sell, request, response, target, newToken)
  else if (isPage(request.method ?? '', target.path)) servePage(sell, response, target)
  else await serveApi(sell, request, response, target, stopping)
}

async function listen(
  server: ReturnType<typeof createServer>,
  port: number,
  host: string,
): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP address')
  return address
}

/**
 * Starts an emulator of Zendesk Sell's contacts: API under `/v2`, control endpoint under `/_control`, pages for people
 * at `/`. Rejects when a setting is wrong, naming everything that is, or when the port is taken (`EADDRINUSE`).
 */
export async function startZendeskSell(options: ZendeskSellOptions = {}): Promise<RunningZendeskSell> {
  const { port = 0, host = '127.0.0.1', token = newToken() } = options
  const sell = createSell({
    clock: options.clock ?? systemClock,
    token,
    ratePerSecond: options.ratePerSecond ?? 10,
    switches: options.switches ?? {},
    customFields: options.customFields ?? demoCustomFields,
    logCapacity: options.logCapacity ?? 200_000,
    newRequestId,
  })
  const stopping = new AbortController()
  const server = createServer((request, response) => {
    serve(sell, request, response, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) console.error('The Sell emulator failed on a request:', error)
      response.destroy()
    })
  })
  // Longer than clients keep idle connections, so that a reset happens only where a fault asks for it.
  server.keepAliveTimeout = 65_000
  const { port: bound } = await listen(server, port, host)
  const stop = async () => {
    stopping.abort()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
  return { url: `http://${isIPv6(host) ? `[${host}]` : host}:${bound}`, token, stop }
}
