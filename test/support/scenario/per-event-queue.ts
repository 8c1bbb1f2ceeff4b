import type { Dice } from '../simulation/dice.ts'
import { latencyMs } from './latencies.ts'
import type { Event } from './traffic.ts'

/**
 * What the same events would meet in a queue: first in, first out, a request of its own for each, one every
 * 1/`requestsPerSecond` s at most, each answered as fast as any. Times in milliseconds.
 */
export function runPerEventQueue(
  events: readonly Event[],
  requestsPerSecond: number,
  dice: Dice,
): { readonly tookMs: readonly number[]; readonly peakBacklog: number } {
  const intervalMs = 1000 / requestsPerSecond
  const sentMs: number[] = []
  let nextMs = 0
  for (const { atMs } of events) {
    nextMs = Math.max(nextMs, atMs)
    sentMs.push(nextMs)
    nextMs += intervalMs
  }
  let peakBacklog = 0
  let sent = 0
  for (const [index, { atMs }] of events.entries()) {
    while ((sentMs[sent] ?? Infinity) <= atMs) sent += 1
    peakBacklog = Math.max(peakBacklog, index + 1 - sent)
  }
  const tookMs = events.map(({ atMs }, index) => (sentMs[index] ?? 0) + latencyMs(dice) - atMs)
  return { tookMs, peakBacklog }
}
