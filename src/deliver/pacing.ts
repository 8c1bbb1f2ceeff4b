import { createGate, type GatePorts } from './gate.ts'
import { createPacer, type Pacer, type Rate } from './pacer.ts'
import { slotCount } from './slots.ts'
import { createThrottle } from './throttle.ts'

/** The rate of one process: its slots, of which it uses less while Zendesk refuses requests. */
export interface Pacing extends Pick<Pacer, 'reserve' | 'lastPlace' | 'giveBack'> {
  /** A new share, which starts empty: one interval after `fromMs`. */
  begin(slots: number, fromMs: number): void
  /** More slots or fewer, from the next request on; false where nothing changed. */
  adjust(slots: number): boolean
  /**
   * Runs a send, whose request is under way from its turn to the end of the send. `mayGo` waits for that turn, and says
   * false where the request must not leave.
   */
  pace<T>(send: (mayGo: () => Promise<boolean>) => Promise<T>): Promise<T>
  /** Lets every request that waits look again whether it may leave. */
  recheck(): void
  /** Zendesk refused a request for its rate; nothing is sent before `resumeMs`. */
  throttled(nowMs: number, resumeMs: number): void
  /** Takes back more of the rate that a refusal cost, by the time that has passed. */
  recover(nowMs: number): void
  /** Requests per second now. */
  perSecond(): number
  /** Requests that left. */
  sent(): number
}

/**
 * A pacing without slots; `requestsPerSecond` is for all processes, and nothing leaves while `isOpen` says no to it beside
 * those that are `underWay`. Sends are paced where they begin, so that not too many wait, and again where their requests
 * leave. While one waits there, none begins: both paces are the same, so that those which Kafka held up, or which need two requests
 * each, would have as many newer ones around them for as long as there is enough to send, and whoever is urgent would wait
 * behind. `turnCame` is called after each wait for a turn, whether the request may leave or not.
 */
export function createPacing(
  ports: GatePorts,
  requestsPerSecond: number,
  isOpen: (underWay: number) => boolean,
  turnCame: () => void,
): Pacing {
  const pacer = createPacer()
  // Two that wait here are an interval apart at least, so that the first is counted when the second looks.
  const gate = createGate(ports, () => isOpen(underWay))
  const throttle = createThrottle()
  let slots = 0
  let factor = 1
  let sent = 0
  let underWay = 0

  /** Ten slots are 9.5 requests per second: as many in any second as slots, whatever the other processes do. */
  function rate(): Rate {
    return { perSecond: (slots / slotCount) * requestsPerSecond * factor, windowMax: slots }
  }

  function adjusted(): void {
    pacer.adjust(rate())
    gate.adjust(rate())
  }

  return {
    reserve: (nowMs) => (gate.waiting() > 0 ? Infinity : pacer.reserve(nowMs)),
    lastPlace: () => pacer.lastPlace(),
    giveBack: (place) => pacer.giveBack(place),
    begin(share, fromMs) {
      slots = share
      pacer.setRate(rate(), fromMs)
      gate.setRate(rate(), fromMs)
    },
    adjust(share) {
      if (slots === share) return false
      slots = share
      adjusted()
      gate.recheck()
      return true
    },
    async pace(send) {
      let requests = 0
      try {
        return await send(async () => {
          const mayLeave = await gate.mayGo()
          if (mayLeave) {
            requests += 1
            sent += 1
            underWay += 1
          }
          turnCame()
          return mayLeave
        })
      } finally {
        underWay -= requests
      }
    },
    recheck: () => gate.recheck(),
    throttled: (nowMs, resumeMs) => throttle.throttled(nowMs, resumeMs),
    recover(nowMs) {
      if (throttle.factor(nowMs) === factor) return
      factor = throttle.factor(nowMs)
      adjusted()
    },
    perSecond: () => rate().perSecond,
    sent: () => sent,
  }
}
