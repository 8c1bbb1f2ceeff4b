import type { Changes } from '../test/support/configuration.ts'

/** What the configuration of tests makes shorter, with the defaults of the program again. */
export const usualSettings: Changes = {
  kafka: {
    maxWaitTimeMs: 1000,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 60_000,
    heartbeatIntervalMs: 3000,
    commitIntervalMs: 2000,
  },
  schemaRegistry: { timeoutMs: 5000 },
  zendesk: { requestDeadlineMs: 15_000, ambiguousHoldMs: 30_000 },
  deliver: { retry: { initialMs: 1000, maxMs: 300_000 } },
}
