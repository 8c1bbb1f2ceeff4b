import { createPacer, type Pacer } from './pacer.ts'

/** What a gate needs of the outside. */
export interface GatePorts {
  monotonicMs(): number
  /** Calls `then` once, `delayMs` from now; the returned function cancels it. */
  setTimer(delayMs: number, then: () => void): () => void
}

/**
 * Paces the requests themselves. The place that a send took when it began is no promise: the send makes something durable
 * before its request, and where Kafka hung, all that waited for it would leave at once, for partitions that may be another
 * member's by now. Places are given in the order in which they were asked for: each longer wait would else be a matter of timers,
 * and without end for some.
 */
export interface Gate extends Pick<Pacer, 'setRate' | 'adjust'> {
  /** Waits for a request's turn. False where it must not leave: the gate is not open, or its rate is 0. */
  mayGo(): Promise<boolean>
  /** Requests that wait for their place. */
  waiting(): number
  /** Lets every request that waits look again whether it may leave. */
  recheck(): void
}

/** A gate at rate 0 that is open while `isOpen` says so. */
export function createGate(ports: GatePorts, isOpen: () => boolean): Gate {
  const pacer = createPacer()
  /** Ends the wait of whoever is first. */
  let endWait = (): void => undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0

  async function wait(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = ports.setTimer(waitMs, end)
      function end(): void {
        cancel()
        resolve()
      }
      endWait = end
    })
  }

  async function takeTurn(before: Promise<unknown>): Promise<boolean> {
    await before
    for (;;) {
      if (!isOpen()) return false
      const waitMs = pacer.reserve(ports.monotonicMs())
      if (waitMs === 0) return true
      if (!Number.isFinite(waitMs)) return false
      await wait(waitMs)
    }
  }

  return {
    setRate: (rate, fromMs) => pacer.setRate(rate, fromMs),
    adjust: (rate) => pacer.adjust(rate),
    async mayGo() {
      const turn = takeTurn(last)
      last = turn
      waiting += 1
      return turn.finally(() => (waiting -= 1))
    },
    waiting: () => waiting,
    recheck() {
      endWait()
    },
  }
}
