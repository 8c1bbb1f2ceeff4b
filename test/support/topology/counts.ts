import type { AssembleMetrics } from '../../../src/assemble/ports.ts'
import type { DeliverMetrics } from '../../../src/deliver/ports.ts'

/** What the stages reported, counted by name and label: `avoided noop`. */
export interface Counts {
  readonly assemble: AssembleMetrics
  readonly deliver: DeliverMetrics
  of(name: string): number
}

/** Nothing counted yet. */
export function createCounts(): Counts {
  const counts = new Map<string, number>()
  const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1)
  return {
    of: (name) => counts.get(name) ?? 0,
    assemble: {
      profileReceived: (topic, outcome) => count(`${topic} ${outcome}`),
      exclusionChanged: (_partition, from, to) => count(`excluded ${from ?? 'no'} to ${to ?? 'no'}`),
      exclusionsRestored: (_partition, reason, persons) => {
        for (let person = 0; person < persons; person += 1) count(`excluded restored ${reason}`)
      },
      contactEmitted: (state) => count(`emitted ${state}`),
      requestAvoided: (reason) => count(`avoided ${reason}`),
      fieldUnusable: (target, misfit) => count(`unusable ${target} ${misfit}`),
    },
    deliver: {
      contactReceived: (outcome) => count(`contact ${outcome}`),
      requestAvoided: (reason) => count(`avoided ${reason}`),
      identityActivated: (operation) => count(`activated ${operation}`),
      identityFailed: (errorClass) => count(`failed ${errorClass}`),
      outcome: (type) => count(`outcome ${type}`),
      identityConflict: () => count('conflict'),
      retry: (outcome) => count(`retry ${outcome}`),
    },
  }
}
