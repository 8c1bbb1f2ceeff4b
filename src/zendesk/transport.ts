import type { LookupFunction } from 'node:net'
import { type Dispatcher, Pool } from 'undici'

import { createConnections } from './connections.ts'
import { errorCode } from './error-code.ts'
import { type Answer, type AnswerBody, deadlineCode, type Exchange } from './exchange.ts'
import type { SellRequest } from './sell-request.ts'

/** Limits of a {@link Transport}. */
export interface TransportOptions {
  /** Where every request goes; checked by the caller. */
  readonly origin: string
  readonly userAgent: string
  /**
   * Most sockets that take requests, and so most requests in flight; further ones wait, within their deadline. Sockets
   * that were replaced finish what they have on top.
   */
  readonly connections: number
  readonly connectTimeoutMs: number
  /** From the request's last byte to the answer's headers. */
  readonly headersTimeoutMs: number
  /** Between two chunks of a body: never ends a slow drip, which the deadline does. */
  readonly bodyTimeoutMs: number
  readonly maxResponseBytes: number
  /** Of an answer's headers or trailers together. */
  readonly maxHeaderBytes: number
  /** Monotonic clock, milliseconds. */
  readonly monotonicMs: () => number
  /** Resolves host names; by default the system's resolver. */
  readonly lookup?: LookupFunction
  /** PEM of the authorities to trust; by default those of the system. */
  readonly ca?: string
}

/** Sends requests to one origin. */
export interface Transport {
  /**
   * Sends `request` at most once and resolves with what came of it, `deadlineMs` later at the latest: waiting, connecting,
   * headers and body together. Never rejects.
   */
  send(request: SellRequest, token: string, deadlineMs: number): Promise<Exchange>
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

/**
 * HTTP/1.1 connections to one origin. There is no redirect, retry or proxy handling: undici adds these only
 * through interceptors, and none is installed. Certificates are verified whatever NODE_TLS_REJECT_UNAUTHORIZED says.
 */
export function createTransport(options: TransportOptions): Transport {
  const connections = createConnections(() => createPool(options), options.monotonicMs)
  return {
    async send(request, token, deadlineMs) {
      // A process that stood still since the call: by now the contact may be another's to write.
      if (deadlineMs <= 0) return { type: 'failed', dispatched: false, code: deadlineCode }
      const pool = connections.current()
      const deadline = createDeadline(deadlineMs, options.monotonicMs)
      const exchanged = await exchange(pool, toDispatch(request, token, options.userAgent), deadline)
      if (lacksAnswer(exchanged)) connections.distrust(pool)
      return exchanged
    },
    close: async (graceMs) => connections.close(graceMs),
  }
}

function createPool(options: TransportOptions): Pool {
  const { lookup, ca } = options
  return new Pool(options.origin, {
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    connect: {
      timeout: options.connectTimeoutMs,
      rejectUnauthorized: true,
      ...(lookup === undefined ? {} : { lookup }),
      ...(ca === undefined ? {} : { ca }),
    },
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.bodyTimeoutMs,
    maxResponseSize: options.maxResponseBytes,
    maxHeaderSize: options.maxHeaderBytes,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMaxMs,
  })
}

/** When a request has to be over. */
interface Deadline {
  readonly leftMs: number
  hasPassed(): boolean
}

function createDeadline(leftMs: number, monotonicMs: () => number): Deadline {
  const atMs = monotonicMs() + leftMs
  return { leftMs, hasPassed: () => monotonicMs() >= atMs }
}

/** True for a request that was sent and not answered in full. */
function lacksAnswer(exchanged: Exchange): boolean {
  return exchanged.type === 'failed' ? exchanged.dispatched : exchanged.body.type === 'broken'
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
  deadline: Deadline,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let started: Dispatcher.DispatchController | undefined
    let head: Omit<Answer, 'body'> | undefined
    let settled = false
    const chunks: Buffer[] = []

    const settle = (exchanged: Exchange) => {
      settled = true
      clearTimeout(timer)
      resolve(exchanged)
    }
    const answer = (body: AnswerBody, { status, retryAfter, requestId }: Omit<Answer, 'body'>) =>
      settle({ type: 'answered', status, retryAfter, requestId, body })
    const fail = (code: string) => {
      if (settled) return
      if (head === undefined) settle({ type: 'failed', dispatched: started !== undefined, code })
      else answer({ type: 'broken', code }, head)
    }
    const timer = setTimeout(() => {
      fail(deadlineCode)
      started?.abort(new Error('deadline'))
    }, deadline.leftMs)

    pool.dispatch(dispatch, {
      onRequestStart(controller) {
        // Undici is on the point of writing. After the deadline the caller counts on nothing having been sent, and where
        // the process stood still a connection can be there before the timer is heard of. A second start would be a
        // repetition, which only the caller may decide on.
        if (deadline.hasPassed()) fail(deadlineCode)
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
