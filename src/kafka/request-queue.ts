import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

/** As much of a connection's request queue as its timer needs. */
interface RequestQueue {
  readonly pending: readonly unknown[]
  /** Epoch milliseconds; in the past where the broker does not throttle. */
  readonly throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
}

/** kafkajs' class of request queues. */
export interface RequestQueueClass {
  readonly prototype: { scheduleCheckPendingRequests: (this: RequestQueue) => void }
}

/** SHA-256 of the method as kafkajs 2.2.4 has it. Another version's may do something that is needed. */
const knownMethod = '04347ea969c6f2e3754427c0cbaee0bd4ce947fbd82f7b6e027506a06dfc581a'

/** kafkajs' own time between two looks at requests that wait for answers to others. */
const lookEveryMs = 10

/**
 * Stops the timers of idle connections. kafkajs sets one after every answer, whether or not a request waits, and again
 * when it runs out; the time is negative, which Node takes for 1 ms. So every idle connection wakes the process a
 * thousand times per second, and newer Nodes warn of it. With this, a timer runs only while a request waits.
 *
 * Holds for all clients of the process; may be called again. Another version of kafkajs is left as it is and `warn` told.
 */
export function stopIdleTimers(
  warn: (message: string) => void,
  queueClass: RequestQueueClass | null = loadQueueClass(),
): void {
  const method = queueClass?.prototype.scheduleCheckPendingRequests
  if (method === scheduleCheck) return
  if (queueClass === null || !isKnown(method)) {
    warn('this version of kafkajs is not known: the timers of its idle connections are left as they are')
    return
  }
  queueClass.prototype.scheduleCheckPendingRequests = scheduleCheck
}

function loadQueueClass(): RequestQueueClass | null {
  try {
    return createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as RequestQueueClass
  } catch {
    return null
  }
}

function isKnown(method: unknown): boolean {
  return (
    typeof method === 'function' && createHash('sha256').update(String(method)).digest('hex') === knownMethod
  )
}

/** One timer is enough: when it runs out, requests that still have to wait set the next. */
function scheduleCheck(this: RequestQueue): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return
  const throttledForMs = this.throttledUntil - Date.now()
  const delayMs = throttledForMs > 0 ? throttledForMs : lookEveryMs
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null
    this.checkPendingRequests()
  }, delayMs)
}
