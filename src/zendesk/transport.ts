import { type Dispatcher, Pool } from 'undici'

import { errorCode } from './error-code.ts'
import { type Answer, type AnswerBody, deadlineCode, type Exchange } from './exchange.ts'
import type { SellRequest } from './sell-request.ts'

/** Limits of a {@link Transport}. */
export interface TransportOptions {
  /** Where every request goes; checked by the caller. */
  readonly origin: string
  readonly userAgent: string
  /** Most sockets, and so most requests in flight; further ones wait, within their deadline. */
  readonly connections: number
  /** From the call to the last byte of the answer: waiting, connecting, headers and body together. */
  readonly totalDeadlineMs: number
  readonly connectTimeoutMs: number
  /** From the request's last byte to the answer's headers. */
  readonly headersTimeoutMs: number
  /** Between two chunks of a body: never ends a slow drip, which `totalDeadlineMs` does. */
  readonly bodyTimeoutMs: number
  readonly maxResponseBytes: number
}

/** Sends requests to one origin. */
export interface Transport {
  /** Sends `request` at most once and resolves with what came of it; never rejects. */
  send(request: SellRequest, token: string): Promise<Exchange>
  /** Takes no more requests, lets those in flight finish for `graceMs`, then breaks them off. */
  close(graceMs: number): Promise<void>
}

/**
 * Sockets idle for longer are closed by us, before a server or a load balancer does: a request that meets a closing
 * socket ends in doubt. At 10 requests per second no socket in use idles that long.
 */
const keepAliveMs = 4_000
/** A server may offer a longer idle time, up to this. */
const keepAliveMaxMs = 60_000
/** Age at which a socket is replaced even under load, so that a new DNS answer takes effect. */
const socketLifetimeMs = 60_000

/**
 * A pool of HTTP/1.1 connections to one origin. It has no redirect, retry or proxy handling: undici adds these only
 * through interceptors, and none is installed. Certificates are verified whatever NODE_TLS_REJECT_UNAUTHORIZED says.
 */
export function createTransport(options: TransportOptions): Transport {
  const pool = new Pool(options.origin, {
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: options.connectTimeoutMs, rejectUnauthorized: true },
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.bodyTimeoutMs,
    maxResponseSize: options.maxResponseBytes,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMaxMs,
    clientTtl: socketLifetimeMs,
  })
  let closing: Promise<void> | undefined
  return {
    send: async (request, token) =>
      exchange(pool, toDispatch(request, token, options.userAgent), options.totalDeadlineMs),
    close: async (graceMs) => (closing ??= closePool(pool, graceMs)),
  }
}

function toDispatch(request: SellRequest, token: string, userAgent: string): Dispatcher.DispatchOptions {
  return {
    method: request.method,
    path: request.path,
    body: request.body,
    headers: {
      authorization: `Bearer ${token}`,
      'user-agent': userAgent,
      accept: 'application/json',
      // Nothing here decompresses: a compressed answer would be an unreadable one.
      'accept-encoding': 'identity',
      ...(request.body === null ? {} : { 'content-type': 'application/json' }),
    },
  }
}

/** One request by undici's own events, the only ones that tell whether it reached a connected socket. */
async function exchange(
  pool: Pool,
  dispatch: Dispatcher.DispatchOptions,
  deadlineMs: number,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let started: Dispatcher.DispatchController | undefined
    let head: Omit<Answer, 'body'> | undefined
    let settled = false
    const chunks: Buffer[] = []

    const settle = (exchanged: Exchange) => {
      settled = true
      clearTimeout(deadline)
      resolve(exchanged)
    }
    const answer = (body: AnswerBody, { status, retryAfter, requestId }: Omit<Answer, 'body'>) =>
      settle({ type: 'answered', status, retryAfter, requestId, body })
    const fail = (code: string) => {
      if (settled) return
      if (head === undefined) settle({ type: 'failed', dispatched: started !== undefined, code })
      else answer({ type: 'broken', code }, head)
    }
    const deadline = setTimeout(() => {
      fail(deadlineCode)
      started?.abort(new Error('deadline'))
    }, deadlineMs)

    pool.dispatch(dispatch, {
      onRequestStart(controller) {
        // Undici is on the point of writing. After the deadline the caller counts on nothing having been sent; and a
        // second start would be a repetition, which only the caller may decide on.
        if (settled || started !== undefined) controller.abort(new Error('not sent'))
        else started = controller
      },
      onResponseStart(_controller, status, headers) {
        // 103 and its like precede the answer.
        if (status < 200) return
        head = {
          status,
          retryAfter: first(headers['retry-after']),
          requestId: toRequestId(headers['x-request-id']),
        }
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd() {
        if (settled || head === undefined) return
        answer({ type: 'whole', text: Buffer.concat(chunks).toString('utf8') }, head)
      },
      onResponseError(_controller, error) {
        fail(errorCode(error))
      },
    })
  })
}

function first(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null
}

/** Documented as a UUID and seen in other forms (facts: request headers): opaque, but plain and shorter than a token. */
function toRequestId(header: string | string[] | undefined): string | null {
  const id = first(header)
  return id !== null && /^[\w-]{1,40}$/.test(id) ? id : null
}

async function closePool(pool: Pool, graceMs: number): Promise<void> {
  let grace: NodeJS.Timeout | undefined
  const graceOver = new Promise<void>((resolve) => {
    grace = setTimeout(resolve, graceMs)
  })
  await Promise.race([pool.close(), graceOver])
  clearTimeout(grace)
  // After a clean close this has nothing left to do.
  await pool.destroy()
}
