import { type Breaker, createBreaker } from './breaker.ts'
import type { DirtySet, TakenContact } from './dirty-set.ts'
import { type NextAttempt, nextAttempt, type RetryRules } from '../domain/retry.ts'
import type { SendFailure, SendResult } from './send-result.ts'
import { createPacing } from './pacing.ts'
import { createTurns, type Turn } from './turns.ts'

/** One partition's dirty contacts and how to send one of them. */
export interface FlushTask {
  readonly dirty: DirtySet
  /** `mayGo` is to be awaited right before the request leaves: where it says false, the request must not leave. */
  readonly send: (taken: TakenContact, mayGo: () => Promise<boolean>) => Promise<SendResult>
  /** A send failed: makes durable what is to become of the contact, and lets it wait for that. */
  retry(taken: TakenContact, failure: SendFailure, next: NextAttempt): Promise<void>
  /** A send failed in a way that nobody expects of Zendesk: the partition was lost, its store fails, or worse. */
  failed(error: unknown): void
}

/** What the flusher needs of the outside. */
export interface FlusherPorts {
  monotonicMs(): number
  /** At least 0, below 1. */
  random(): number
  /** Calls `then` once, `delayMs` from now; the returned function cancels it. */
  setTimer(delayMs: number, then: () => void): () => void
  /** False where this process may have lost its partitions to another: nothing may be sent then. */
  holdsLease(): boolean
  /** Whether Zendesk accepts the token changed. */
  authorisationChanged(authorised: boolean): void
}

/** How the flusher paces and repeats. */
export interface FlusherOptions extends RetryRules {
  /** For all replicas together, which share it in `slotCount` equal slots. */
  readonly requestsPerSecond: number
  readonly maxConcurrentRequests: number
}

/**
 * Sends dirty contacts at the rate that is this process's share, one at a time per contact. What concerns Zendesk as a
 * whole (throttling, a refused token, an outage) pauses all of it and costs no contact an attempt.
 */
export interface Flusher {
  /** Takes over the tasks of an assignment. */
  assign(tasks: readonly FlushTask[]): void
  /** A new share of the rate, in slots of `slotCount`: it starts empty, one interval after `fromMs`. */
  begin(slots: number, fromMs: number): void
  /** More slots or fewer, from the next request on. */
  adjust(slots: number): void
  /** Sends nothing until the next {@link Flusher.begin}; what is in flight completes. */
  suspend(): void
  /** Looks for something to send: call it after a contact was marked dirty or the lease was renewed. */
  wake(): void
  /** False from a refused token to the next accepted one. */
  isAuthorised(): boolean
  /** Requests per second that it may send now. */
  perSecond(): number
  /** Requests that left since it was made. */
  sent(): number
  /** Suspends for good; resolves when nothing is in flight. */
  stop(): Promise<void>
}

/** A suspended flusher. */
export function createFlusher(ports: FlusherPorts, options: FlusherOptions): Flusher {
  const breaker = createBreaker(() => ports.random())
  const pacing = createPacing(ports, options.requestsPerSecond, mayLeave, pump)
  const turns = createTurns<FlushTask>()
  let inFlight = 0
  let stopped = false
  let cancelTimer = (): void => undefined
  let drained: (() => void) | null = null

  /** A send that began before the trouble gets here after its first pause: it is one more that probes. */
  function mayLeave(underWay: number): boolean {
    if (stopped || !ports.holdsLease() || breaker.pausedForMs(ports.monotonicMs()) > 0) return false
    return underWay === 0 || !breaker.isTroubled()
  }

  function pump(): void {
    cancelTimer()
    let waitMs = step()
    while (waitMs === 0) waitMs = step()
    if (waitMs !== null) cancelTimer = ports.setTimer(waitMs, pump)
  }

  /** Sends one contact and returns 0, or returns how long to wait, `null` where something else will wake the pump. */
  function step(): number | null {
    if (stopped || !ports.holdsLease()) return null
    // While Zendesk is in trouble, one contact at a time probes it.
    if (inFlight >= (breaker.isTroubled() ? 1 : options.maxConcurrentRequests)) return null
    const nowMs = ports.monotonicMs()
    const pauseMs = breaker.pausedForMs(nowMs)
    if (pauseMs > 0) return pauseMs
    pacing.recover(nowMs)
    const dueMs = turns.dueInMs(nowMs)
    if (dueMs === undefined || dueMs > 0) return dueMs ?? null
    const slotMs = pacing.reserve(nowMs)
    if (slotMs > 0) return Number.isFinite(slotMs) ? slotMs : null
    start(nowMs)
    return 0
  }

  function start(nowMs: number): void {
    const turn = turns.take(nowMs)
    if (turn === undefined) return
    const place = pacing.lastPlace()
    inFlight += 1
    void pacing
      .pace(async (mayGo) => turn.task.send(turn.taken, mayGo))
      .then(async (result) => settle(turn, result, place))
      .catch((error: unknown) => turn.task.failed(error))
      .finally(() => {
        inFlight -= 1
        if (inFlight === 0) drained?.()
        pump()
      })
  }

  async function settle({ task, taken }: Turn<FlushTask>, result: SendResult, place: number): Promise<void> {
    const nowMs = ports.monotonicMs()
    const wasAuthorised = breaker.isAuthorised()
    tellBreaker(breaker, result, nowMs)
    if (result.type === 'throttled') pacing.throttled(nowMs, nowMs + breaker.pausedForMs(nowMs))
    if (result.type === 'avoided') {
      pacing.giveBack(place)
      turns.giveBack(taken)
    }
    if (breaker.isAuthorised() !== wasAuthorised) ports.authorisationChanged(breaker.isAuthorised())
    if (result.type !== 'failed') return
    const failure = judge(result, breaker, stopped, nowMs)
    await task.retry(taken, result, nextAttempt(taken.attempt, failure, options, ports.random()))
  }

  return {
    assign(tasks) {
      turns.replace(tasks)
      pump()
    },
    begin(slots, fromMs) {
      pacing.begin(slots, fromMs)
      pump()
    },
    adjust(slots) {
      if (pacing.adjust(slots)) pump()
    },
    suspend() {
      turns.replace([])
      cancelTimer()
      pacing.adjust(0)
    },
    wake: pump,
    isAuthorised: () => breaker.isAuthorised(),
    perSecond: () => pacing.perSecond(),
    sent: () => pacing.sent(),
    async stop() {
      stopped = true
      cancelTimer()
      pacing.recheck()
      if (inFlight > 0) await new Promise<void>((resolve) => (drained = resolve))
    },
  }
}

/** Neither trouble of Zendesk as a whole nor that this process gives requests up is an attempt of the contact. */
function judge({ ambiguous }: SendFailure, breaker: Breaker, stopped: boolean, nowMs: number) {
  return { ambiguous, counts: !breaker.isTroubled() && !stopped, pauseMs: 2 * breaker.pausedForMs(nowMs) }
}

function tellBreaker(breaker: Breaker, result: SendResult, nowMs: number): void {
  switch (result.type) {
    case 'settled':
      breaker.succeeded()
      return
    case 'throttled':
      breaker.throttled(nowMs, result.retryAfterMs)
      return
    case 'unauthorised':
      breaker.refused(nowMs)
      return
    case 'failed':
      breaker.failed(nowMs)
      return
    case 'avoided':
  }
}
