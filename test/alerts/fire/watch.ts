import { setTimeout as pause } from 'node:timers/promises'

import { messageOf } from '../../../sandbox/errors.ts'
import { keyOf, type SeenAlert } from './answers.ts'
import type { RunningPrometheus } from './prometheus-server.ts'

/** What fires, as Prometheus says again and again. */
export interface Watch {
  /** The alert of this key that fires in a namespace now. */
  firing(namespace: string, key: string): SeenAlert | undefined
  /** Keys of everything that ever fired in a namespace, in order. */
  everFired(namespace: string): readonly string[]
  /** Waits until `holds`, asked after each look; false where that takes longer than `withinMs`. */
  until(holds: () => boolean, withinMs: number): Promise<boolean>
  stop(): Promise<void>
}

const lookEveryMs = 250

/** Looks until it is stopped. A look that fails is told by the next `until`, which rejects. */
export function startWatch(prometheus: RunningPrometheus): Watch {
  const stopping = new AbortController()
  const ever = new Map<string, Set<string>>()
  let now: readonly SeenAlert[] = []
  let failure: Error | undefined
  const namespaceOf = ({ labels }: SeenAlert): string => labels['namespace'] ?? ''

  async function look(): Promise<void> {
    now = (await prometheus.alerts()).filter(({ state }) => state === 'firing')
    failure = undefined
    for (const alert of now)
      ever.set(namespaceOf(alert), new Set([...(ever.get(namespaceOf(alert)) ?? []), keyOf(alert)]))
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => (failure = new Error(messageOf(error))))
      await pause(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const ended = run()

  return {
    firing: (namespace, key) => now.find((alert) => namespaceOf(alert) === namespace && keyOf(alert) === key),
    everFired: (namespace) => [...(ever.get(namespace) ?? [])].sort(),
    async until(holds, withinMs) {
      const deadlineMs = performance.now() + withinMs
      while (!holds()) {
        if (performance.now() < deadlineMs) await pause(lookEveryMs)
        else if (failure === undefined) return false
        else throw new Error(`Prometheus does not answer: ${failure.message}`)
      }
      return true
    },
    async stop() {
      stopping.abort()
      await ended
    },
  }
}
