import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

/** As much of a connection's request queue as its timers need. */
interface RequestQueue {
  readonly pending: readonly unknown[]
  readonly inflight: ReadonlyMap<
    number,
    { sentAt: number; readonly requestTimeout: number; timeoutRequest(): void }
  >
  /** Milliseconds; of one request it may be longer. */
  readonly requestTimeout: number
  readonly enforceRequestTimeout: boolean
  /** Epoch milliseconds; in the past where the broker does not throttle. */
  readonly throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  requestTimeoutIntervalId: NodeJS.Timeout | null
  checkPendingRequests(): void
  isConnected(): boolean
  destroy(): void
}

type Timers = Record<keyof typeof known, (this: RequestQueue) => void>

/** kafkajs' class of request queues. */
export interface RequestQueueClass {
  readonly prototype: Timers
}

/** SHA-256 of the methods as kafkajs 2.2.4 has them. Another version's may do something that is needed. */
const known = {
  scheduleCheckPendingRequests: '04347ea969c6f2e3754427c0cbaee0bd4ce947fbd82f7b6e027506a06dfc581a',
  scheduleRequestTimeoutCheck: '4fa2b60aa0fe28a4fefc028706b8de18cdafc88916fae651d8cc5d359cc4553a',
}

/** kafkajs' own time between two looks at requests that wait for answers to others. */
const lookEveryMs = 10

/** Between two looks for requests without an answer: a tenth of their timeout, a second at most, and no more often than kafkajs. */
const timeoutLookMs = { least: 100, most: 1000 }

/**
 * Slows the timers of connections on which nothing happens.
 *
 * - kafkajs sets one after every answer, whether or not a request waits, and again when it runs out; the time is negative,
 *   which Node takes for 1 ms. So every idle connection wakes the process a thousand times per second, and newer Nodes warn
 *   of it. With this, a timer runs only while a request waits.
 * - Ten times per second and connection it looks for requests whose time is over. A stage has several connections, and
 *   these looks alone were half of what an idle process took. With this, a request is given up a second late at most, and
 *   none because the wall clock was set.
 *
 * Holds for all clients of the process; may be called again. Another version of kafkajs is left as it is and `warn` told.
 */
export function slowIdleTimers(
  warn: (message: string) => void,
  queueClass: RequestQueueClass | null = loadQueueClass(),
): void {
  if (queueClass?.prototype.scheduleCheckPendingRequests === timers.scheduleCheckPendingRequests) return
  if (queueClass === null || !isKnown(queueClass.prototype)) {
    warn('this version of kafkajs is not known: the timers of its idle connections are left as they are')
    return
  }
  Object.assign(queueClass.prototype, timers)
}

function loadQueueClass(): RequestQueueClass | null {
  try {
    return createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as RequestQueueClass
  } catch {
    return null
  }
}

function isKnown(methods: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(known).every(([name, digest]) => {
    const method = methods[name]
    return (
      typeof method === 'function' && createHash('sha256').update(String(method)).digest('hex') === digest
    )
  })
}

/**
 * kafkajs measures by the wall clock: one that is set ahead would end all requests that are under way, and one that is set back
 * none for as long. Those that were sent before it was are known by times that cannot be: long ago, or yet to come.
 */
function follow({ inflight }: RequestQueue, jumpMs: number): void {
  const nowMs = Date.now()
  for (const request of inflight.values())
    if (jumpMs > 0 ? request.sentAt <= nowMs - jumpMs : request.sentAt > nowMs) request.sentAt += jumpMs
}

const timers: Timers = {
  /** One timer is enough: when it runs out, requests that still have to wait set the next. */
  scheduleCheckPendingRequests() {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return
    const throttledForMs = this.throttledUntil - Date.now()
    const delayMs = throttledForMs > 0 ? throttledForMs : lookEveryMs
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null
      this.checkPendingRequests()
    }, delayMs)
  },

  scheduleRequestTimeoutCheck() {
    if (!this.enforceRequestTimeout) return
    this.destroy()
    const everyMs = Math.min(timeoutLookMs.most, Math.max(timeoutLookMs.least, this.requestTimeout / 10))
    let difference = Date.now() - performance.now()
    this.requestTimeoutIntervalId = setInterval(() => {
      const jumpMs = Date.now() - performance.now() - difference
      difference += jumpMs
      if (Math.abs(jumpMs) > everyMs) follow(this, jumpMs)
      for (const request of this.inflight.values())
        if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest()
      if (!this.isConnected()) this.destroy()
    }, everyMs)
  },
}
