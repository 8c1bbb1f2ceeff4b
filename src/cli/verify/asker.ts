import { setTimeout as pause } from 'node:timers/promises'

/** An answer, or why there will be none. */
export type Asked<T> =
  { readonly type: 'answer'; readonly answer: T } | { readonly type: 'ended'; readonly reason: string }

/** What a request to Zendesk can come to besides its answer. */
interface Outcome {
  readonly type: string
  readonly retryAfterMs?: number | null
  readonly status?: number
  readonly code?: string
  readonly problem?: string
  readonly reason?: string
}

/** How questions are paced. */
export interface AskerOptions {
  readonly ratePerSecond: number
  readonly signal: AbortSignal
  /** Told where Zendesk throttles or does not answer, and the question is asked again in so many milliseconds. */
  readonly waits: (why: 'throttled' | 'no answer', forMs: number) => void
  /** Milliseconds that only ever grow. */
  readonly monotonicMs: () => number
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Asks Zendesk one question at a time. */
export interface Asker {
  /**
   * The answer to a question, which is asked again while Zendesk throttles, and a few times where it does not answer. Rejects
   * where the signal ends the waiting.
   */
  ask<T extends Outcome>(question: () => Promise<T>): Promise<Asked<T>>
  /** Requests so far. */
  requests(): number
}

/** Attempts without an answer before an outage is taken for one. */
const mostAttempts = 6
const firstPauseMs = 1000
const longestPauseMs = 60_000
/** Whatever Zendesk says: nobody waits for longer without a look. */
const longestThrottleMs = 10 * 60_000

/** An {@link Asker} that keeps below a rate, from one question to the next. */
export function createAsker({
  ratePerSecond,
  signal,
  waits,
  monotonicMs,
  sleep = sleepFor,
}: AskerOptions): Asker {
  let nextMs = -Infinity
  let requests = 0

  async function waitForTurn(): Promise<void> {
    const waitMs = nextMs - monotonicMs()
    if (waitMs > 0) await sleep(waitMs, signal)
    signal.throwIfAborted()
    nextMs = Math.max(nextMs, monotonicMs()) + 1000 / ratePerSecond
    requests += 1
  }

  return {
    async ask(question) {
      let throttles = 0
      for (let attempts = 1; ;) {
        await waitForTurn()
        const answer = await unlessAborted(question(), signal)
        if (answer.type === 'throttled') {
          const pauseMs = Math.min(longestThrottleMs, answer.retryAfterMs ?? backoffMs((throttles += 1)))
          waits('throttled', pauseMs)
          await sleep(pauseMs, signal)
          continue
        }
        const reason = reasonOf(answer)
        if (reason === null) return { type: 'answer', answer }
        if (!isOutage(answer) || attempts >= mostAttempts) return { type: 'ended', reason }
        waits('no answer', backoffMs(attempts))
        await sleep(backoffMs(attempts), signal)
        attempts += 1
      }
    },
    requests: () => requests,
  }
}

function backoffMs(times: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** (times - 1))
}

function isOutage({ type }: Outcome): boolean {
  return type === 'unreachable' || type === 'unclear'
}

/** Why there is no answer, in words; `null` where there is one. */
function reasonOf({ type, status, code, problem, reason }: Outcome): string | null {
  if (type === 'no_token') return problem ?? 'there is no token'
  if (type === 'unauthorised')
    return `Zendesk refuses the token (HTTP ${status ?? 0} ${code ?? ''}): it needs the scope read, and zendesk.origin must be right`
  if (type === 'unreachable' || type === 'unclear')
    return `Zendesk does not answer (${reason ?? 'unknown'}), after ${mostAttempts} attempts`
  return null
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let abort: () => void = () => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal })
  } catch {
    signal.throwIfAborted()
  }
}
