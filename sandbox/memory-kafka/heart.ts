import type { Clock } from '../../src/runtime/ports.ts'
import { BrokerError, BrokerUnreachable } from './errors.ts'
import type { Membership } from './membership.ts'

/** The heartbeats of one generation. */
export interface Heart {
  /** `moved` once the group wants its members to join again, `silent` once nobody has answered for long. */
  state(): 'beating' | 'moved' | 'silent'
  stop(): void
}

/** Who hears of heartbeats. */
export interface HeartListener {
  /** One was answered, `tookMs` after it was sent. */
  alive(tookMs: number): void
  /** The heart beats no more, and was not told to stop. */
  stopped(): void
}

/** Heartbeats in a row that nobody answers, after which kafkajs gives up and begins anew as another member. */
const maxSilence = 6

/** Heartbeats every `intervalMs`; one that nobody answered is repeated after `retryMs`. */
export function startHeart(
  membership: Membership,
  clock: Clock,
  { intervalMs, retryMs }: { readonly intervalMs: number; readonly retryMs: number },
  listener: HeartListener,
): Heart {
  let state: 'beating' | 'moved' | 'silent' = 'beating'
  let silence = 0
  let cancel = clock.setTimer(intervalMs, send)

  function send(): void {
    membership.heartbeat().then(answered, refused)
  }

  function answered(tookMs: number): void {
    if (state !== 'beating') return
    silence = 0
    listener.alive(tookMs)
    cancel = clock.setTimer(intervalMs, send)
  }

  function refused(error: unknown): void {
    if (state !== 'beating') return
    const isSilent = error instanceof BrokerUnreachable
    silence += isSilent ? 1 : 0
    if (isSilent && silence < maxSilence) {
      cancel = clock.setTimer(retryMs, send)
      return
    }
    if (error instanceof BrokerError && error.code === 'UNKNOWN_MEMBER_ID') membership.forget()
    state = isSilent ? 'silent' : 'moved'
    listener.stopped()
  }

  return {
    state: () => state,
    stop() {
      if (state === 'beating') state = 'moved'
      cancel()
    },
  }
}
