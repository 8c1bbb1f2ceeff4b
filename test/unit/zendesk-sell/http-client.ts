import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'

import type { RunningZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'

/** One answer as it came over the wire. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: unknown
}

/** What a test sends; headers set to null are left out. */
export interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | null>>
  /** Sent as JSON, or as it is when it is text or bytes. */
  readonly body?: unknown
  readonly timeoutMs?: number
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function payload(body: unknown): string | Uint8Array {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  return body === undefined ? '' : JSON.stringify(body)
}

/**
 * Sends one request on a connection of its own with the headers Sell demands. node:http rather than fetch, because
 * fetch cannot leave User-Agent out. Rejects with the connection's error code.
 */
export async function call(sell: RunningZendeskSell, target: string, options: Call = {}): Promise<Answer> {
  const { method = 'GET', body, timeoutMs } = options
  const wanted = {
    authorization: `Bearer ${sell.token}`,
    'user-agent': 'emulator-test/1.0',
    accept: 'application/json',
    'content-type': body === undefined ? null : 'application/json',
    ...options.headers,
  }
  const headers = Object.fromEntries(
    Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== null),
  )
  return await new Promise((resolve, reject) => {
    const outgoing = request(sell.url + target, { method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parse(text) })
      })
    })
    outgoing.on('error', reject)
    if (timeoutMs !== undefined) {
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error('timed out')))
    }
    outgoing.end(payload(body))
  })
}

/** A write with `data` in the documented envelope. */
export async function write(
  sell: RunningZendeskSell,
  method: 'POST' | 'PUT',
  target: string,
  data: unknown,
): Promise<Answer> {
  return await call(sell, target, { method, body: { data } })
}

/** Resolves when `condition` holds; it is tried every few milliseconds, and rejects after five seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never came true: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Status and codes of an error answer, short enough for a table: `422 unknown, missing`. */
export function codeOf({ status, json }: Answer): string {
  const { errors } = json as { errors: { error: { code: string } }[] }
  return `${status} ${errors.map(({ error }) => error.code).join(', ')}`
}
