import type { LookupFunction } from 'node:net'

import type { WriteContact, WriteOutcome } from '../deliver/contact-writer.ts'
import { type ContactPolicy, createContactIdentity, defaultContactPolicy } from './contact-identity.ts'
import { type ContactList, type ContactPage, listContactPage, listContacts } from './contact-list.ts'
import { lookStep } from './contact-look.ts'
import type { Exchange } from './exchange.ts'
import { checkOrigin } from './sell-origin.ts'
import {
  checkToken,
  classifyRead,
  type CustomFieldList,
  listCustomFields,
  type ReadResult,
  type SendRead,
  type TokenCheck,
} from './sell-reads.ts'
import type { SellOperation, SellRequest } from './sell-request.ts'
import type { TokenReading, TokenSource } from './token-file.ts'
import { createTransport } from './transport.ts'

/** One request that was tried: what logs and metrics may know of it. Holds no personal data. */
export interface SellRequestEvent {
  readonly operation: SellOperation
  readonly outcome: WriteOutcome['type'] | ReadResult['type']
  /** HTTP status, or `null` where no answer began. */
  readonly status: number | null
  /** `X-Request-Id` of the answer, which Zendesk's support asks for, or `null`. */
  readonly requestId: string | null
  readonly durationMs: number
}

/** Settings of {@link createSellClient}. Times and sizes have defaults that fit 10 requests per second. */
export interface SellClientOptions {
  /** `https://host[:port]`, the only place that requests and the token go to. */
  readonly origin: string
  readonly token: TokenSource
  /** Sell refuses requests without one (facts: request headers). Visible ASCII. */
  readonly userAgent: string
  /** What is done where contacts and e-mail addresses are not one to one. Default {@link defaultContactPolicy}. */
  readonly contacts?: ContactPolicy
  /** Allows an `http:` origin: for the sandbox and tests. Default false. */
  readonly allowInsecureHttp?: boolean
  /** Most requests in flight; more wait for a socket, within their deadline. Default 16: 10 per second of 1.6 s each. */
  readonly connections?: number
  /** For one request from start to end, token and all: the longest a write can stay unresolved. Default 15,000. */
  readonly totalDeadlineMs?: number
  /** Default 5,000. */
  readonly connectTimeoutMs?: number
  /** Default 10,000. */
  readonly headersTimeoutMs?: number
  /** Longest silence within a body. Default 5,000. */
  readonly bodyTimeoutMs?: number
  /** Default 1 MiB. */
  readonly maxResponseBytes?: number
  /** Of an answer's headers or trailers together. Default 16 KiB. */
  readonly maxHeaderBytes?: number
  /** Resolves the origin's host name. Default the system's resolver. */
  readonly lookup?: LookupFunction
  /** PEM of the authorities to trust. Default those of the system. */
  readonly ca?: string
  /** Monotonic clock, milliseconds. Default the system's. */
  readonly monotonicMs?: () => number
  /** Wall clock, epoch milliseconds; only reads a `Retry-After` that is a date. Default the system's. */
  readonly nowMs?: () => number
  /** Told of every request once it is classified. Must not throw. */
  readonly onRequest?: (event: SellRequestEvent) => void
}

/** Zendesk Sell as this program uses it. Every way a remote can behave is a result; only faults of the program reject. */
export interface SellClient {
  readonly write: WriteContact
  checkToken(): Promise<TokenCheck>
  listCustomFields(): Promise<CustomFieldList>
  /** The contacts with these ids, at most 100 of them, by one request. */
  listContacts(ids: readonly number[]): Promise<ContactList>
  /** A page of all contacts of the account, from 1 on. */
  listContactPage(page: number): Promise<ContactPage>
  /**
   * Takes no more requests and waits for those in flight, at most `graceMs` (default the total deadline); what is left
   * then ends as `ambiguous` or, where it was not sent, `unreachable`.
   */
  close(graceMs?: number): Promise<void>
}

const defaults = {
  contacts: defaultContactPolicy,
  allowInsecureHttp: false,
  connections: 16,
  totalDeadlineMs: 15_000,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 5_000,
  maxResponseBytes: 1_048_576,
  maxHeaderBytes: 16_384,
  monotonicMs: () => performance.now(),
  nowMs: Date.now,
}

type Sent =
  | { readonly type: 'sent'; readonly exchange: Exchange; readonly durationMs: number }
  | { readonly type: 'no_token'; readonly problem: string }

/**
 * A client for one origin. It sends each request at most once: pacing and repetition belong to the caller, and after a
 * 401 or 403 it only looks at the token's file again, so that the caller's next request carries the new token. Without a
 * usable token a write is `unauthorised` with status 0 and code `token_unavailable`, and nothing is sent. Throws where
 * the origin or the user agent is unusable.
 */
export function createSellClient(options: SellClientOptions): SellClient {
  const settings = { ...defaults, ...options }
  const checked = checkOrigin(settings.origin, settings.allowInsecureHttp)
  if (!checked.ok) throw new TypeError(checked.problem)
  if (!/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(settings.userAgent)) {
    throw new TypeError('the user agent must be visible ASCII text, for example zendesk-activation/1.0')
  }
  const { origin } = checked
  const transport = createTransport({ ...settings, origin })
  const nextStep = createContactIdentity(settings.contacts)

  const send = async (request: SellRequest): Promise<Sent> => {
    const startedAtMs = settings.monotonicMs()
    const leftMs = () => Math.max(0, settings.totalDeadlineMs - (settings.monotonicMs() - startedAtMs))
    const reading = (await unlessLonger(settings.token.read(), leftMs())) ?? tooSlow
    if (reading.type === 'unavailable') return { type: 'no_token', problem: reading.problem }
    const exchange = await transport.send(request, reading.token, leftMs())
    const durationMs = settings.monotonicMs() - startedAtMs
    if (exchange.type === 'answered' && (exchange.status === 401 || exchange.status === 403)) {
      await unlessLonger(settings.token.reload(), leftMs())
    }
    return { type: 'sent', exchange, durationMs }
  }
  const report = (
    operation: SellOperation,
    outcome: SellRequestEvent['outcome'],
    sent: Sent & { type: 'sent' },
  ) => {
    const { exchange, durationMs } = sent
    const answer = exchange.type === 'answered' ? exchange : { status: null, requestId: null }
    settings.onRequest?.({
      operation,
      outcome,
      status: answer.status,
      requestId: answer.requestId,
      durationMs,
    })
  }
  const sendRead: SendRead = async (request) => {
    const sent = await send(request)
    if (sent.type === 'no_token') return sent
    const result = classifyRead(sent.exchange, settings.nowMs())
    report(request.operation, result.type, sent)
    return result
  }

  return {
    write: async (wanted) => {
      const { request, judge } = wanted.type === 'look' ? lookStep(wanted) : nextStep(wanted)
      const sent = await send(request)
      if (sent.type === 'no_token') return { type: 'unauthorised', status: 0, code: 'token_unavailable' }
      const outcome = judge(sent.exchange, settings.nowMs())
      report(request.operation, outcome.type, sent)
      return outcome
    },
    checkToken: async () => checkToken(sendRead),
    listCustomFields: async () => listCustomFields(sendRead, origin),
    listContacts: async (ids) => listContacts(sendRead, ids),
    listContactPage: async (page) => listContactPage(sendRead, page),
    close: async (graceMs = settings.totalDeadlineMs) => transport.close(graceMs),
  }
}

const tooSlow: TokenReading = {
  type: 'unavailable',
  problem: 'the token could not be read in time; look at what its file is mounted from',
}

/** What `waiting` resolves with, `undefined` where that takes longer than `limitMs`. */
async function unlessLonger<T>(waiting: Promise<T>, limitMs: number): Promise<T | undefined> {
  let limit: NodeJS.Timeout | undefined
  const over = new Promise<undefined>((resolve) => {
    limit = setTimeout(() => resolve(undefined), limitMs)
  })
  return Promise.race([waiting, over]).finally(() => clearTimeout(limit))
}
