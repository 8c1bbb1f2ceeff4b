import { setTimeout } from 'node:timers/promises'
import { RegistryUnavailable } from '../avro/registry-transport.ts'

/** How a start waits for the schema registry. */
export interface RegistryWait {
  readonly retryMs: number
  /** Ends the waiting. */
  readonly signal: AbortSignal
  /** Told of each attempt that found no registry. */
  waits(error: RegistryUnavailable): void
}

/**
 * `step`'s result, once the registry can be reached: an outage of it is no reason to end, at the start as little as
 * later. Rejects with what else `step` rejects with, and with an `AbortError` where the signal ends the waiting.
 */
export async function whenReachable<T>(step: () => Promise<T>, wait: RegistryWait): Promise<T> {
  for (;;) {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof RegistryUnavailable)) throw error
      wait.waits(error)
    }
    await setTimeout(wait.retryMs, undefined, { signal: wait.signal })
  }
}
