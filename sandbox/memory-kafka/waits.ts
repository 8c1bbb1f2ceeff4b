import type { Clock } from '../../src/runtime/ports.ts'

/** The waits of one client, which anything that happens to it may cut short. */
export interface Waits {
  /** Resolves with what `waiting` does, or with `null` once it is interrupted; what comes later is dropped. */
  unlessInterrupted<T>(waiting: Promise<T>): Promise<T | null>
  /** Resolves after `ms`, or once it is interrupted. */
  pause(ms: number): Promise<void>
  /** Ends what is waited for now. */
  interrupt(): void
}

/** Waits of a client that does one thing at a time. */
export function createWaits(clock: Clock): Waits {
  let interrupt = (): void => undefined

  async function unlessInterrupted<T>(waiting: Promise<T>): Promise<T | null> {
    const interruption = new Promise<null>((resolve) => (interrupt = () => resolve(null)))
    return Promise.race([waiting, interruption])
  }

  return {
    unlessInterrupted,
    async pause(ms) {
      let cancel = (): void => undefined
      await unlessInterrupted(new Promise<void>((resolve) => (cancel = clock.setTimer(ms, resolve))))
      cancel()
    },
    interrupt: () => interrupt(),
  }
}
