import { describe, expect, it } from '@jest/globals'
import { backfill } from '../scenario/backfill.ts'
import { expiredToken } from '../scenario/expired-token.ts'
import { outage } from '../scenario/outage.ts'
import { overload } from '../scenario/overload.ts'
import { sharing } from '../scenario/sharing.ts'
import { unchanged } from '../scenario/unchanged.ts'
import type { ScenarioResult } from '../support/scenario/result.ts'

/** The scenarios of `npm run scenario`, each with less of everything. */
const small: Readonly<Record<string, () => Promise<ScenarioResult>>> = {
  overload: async () => overload({ contacts: 500, eventsPerSecond: 20, forMs: 60_000 }),
  unchanged: async () => unchanged({ persons: 100, recordsEach: 5 }),
  backfill: async () => backfill({ stored: 2000, live: 500, liveEventsPerSecond: 2, forMs: 200_000 }),
  outage: async () => outage({ contacts: 500, eventsPerSecond: 5, deadForMs: 120_000 }),
  sharing: async () => sharing({ contacts: 5000, partitions: 12, phaseMs: 50_000 }),
  'expired token': async () => expiredToken({ contacts: 200, eventsPerSecond: 2, expiredForMs: 60_000 }),
}

/** How long one may take on a machine that does much else. */
const patienceMs = 600_000

describe('a scenario with less of everything', () => {
  it.each(Object.entries(small))(
    'keeps within the bounds of %s',
    async (_name, run) => {
      const { bounds, figures } = await run()
      const failed = bounds.filter(({ holds }) => !holds).map(({ what }) => what)
      expect({ failed, figures }).toStrictEqual({ failed: [], figures })
    },
    patienceMs,
  )
})
