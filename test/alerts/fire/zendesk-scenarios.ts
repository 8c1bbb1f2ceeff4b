import { rm, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

import { audiences } from '../../../sandbox/demo/setup.ts'
import type { Emulator } from '../../support/emulator.ts'
import { peopleOf } from '../../support/people.ts'
import { isQuiet } from '../../support/progress-in-kafka.ts'
import type { Scenario } from './scenario.ts'

/** People whose status in an audience changed now. */
function membersOf(prefix: string, count: number, status: 'realized' | 'exited'): readonly object[] {
  const { namespace, segmentId } = audiences[0]
  const lastQualificationTime = new Date().toISOString()
  const segmentMembership = { [namespace]: { [segmentId]: { status, lastQualificationTime } } }
  return peopleOf(prefix, count).map((person) => ({ ...person, segmentMembership }))
}

const exits = 40

/** For a cause that another showing injects. */
async function nothingMore(): Promise<void> {
  await Promise.resolve()
}

/** Zendesk fails while exits wait, and answers again when they are late. */
export const outage: Scenario = {
  name: 'outage',
  alerts: [
    'ZendeskNotAnswering (critical)',
    'FreshnessWaiting (critical)',
    'FreshnessBurn (critical)',
    'FreshnessBurn (warning)',
  ],
  async run(stage) {
    const at = await stage.install()
    const { app, namespace } = at
    const program = await at.start()
    await app.load(membersOf('member', exits, 'realized'))
    await program.until('the members are written', async () => (await app.sell.contacts()).length === exits)
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    // The program's pauses are not scaled: its first failures have to be within ten minutes of which none had an answer.
    await stage.untilFound(
      `sum(increase(zendesk_activation_write_outcomes_total{namespace="${namespace}"}[10s])) == 0`,
    )
    const cause = `Zendesk answers 503 while ${exits} exits wait`
    let burn: Promise<void> | undefined
    const answers = async (): Promise<void> =>
      stage.show(at, {
        alerts: ['FreshnessBurn (critical)', 'FreshnessBurn (warning)'],
        cause: `those ${exits} exits are written, a minute late`,
        withinMs: 180_000,
        inject: async () => app.sell.removeFaults(),
      })
    await Promise.all([
      stage.show(at, {
        alerts: ['ZendeskNotAnswering (critical)'],
        cause,
        async inject() {
          await app.sell.addFault({ kind: 'respond', status: 503, body: 'html' })
          await app.load(membersOf('member', exits, 'exited'))
        },
      }),
      stage.show(at, {
        alerts: ['FreshnessWaiting (critical)'],
        cause,
        withinMs: 150_000,
        inject: nothingMore,
        async end() {
          burn = answers()
          // It is awaited later, and may fail before.
          burn.catch(() => undefined)
          return nothingMore()
        },
      }),
    ])
    await burn
  },
}

const oldTokenDays = 100
const dayMs = 86_400_000

/** What can be wrong with a token and its file. */
export const tokens: Scenario = {
  name: 'tokens',
  alerts: ['TokenRefused (critical)', 'TokenFileMissing (warning)', 'TokenOld (warning)'],
  async run(stage) {
    const at = await stage.install()
    const { app } = at
    await at.start()
    let token = app.sell.token
    await stage.show(at, {
      alerts: ['TokenRefused (critical)'],
      cause: 'Zendesk refuses the token (401)',
      async inject() {
        token = await app.sell.replaceToken()
        await app.load(peopleOf('refused', 5))
      },
      end: async () => writeFile(app.tokenFile, token),
    })
    await stage.show(at, {
      alerts: ['TokenFileMissing (warning)'],
      cause: 'the token file is removed',
      inject: async () => rm(app.tokenFile),
      end: async () => writeFile(app.tokenFile, token, { mode: 0o600 }),
    })
    const writtenAtMs = Date.now() - oldTokenDays * dayMs
    await stage.show(at, {
      alerts: ['TokenOld (warning)'],
      cause: `the token file was written ${oldTokenDays} days ago`,
      inject: async () => utimes(app.tokenFile, writtenAtMs / 1000, writtenAtMs / 1000),
      end: async () => utimes(app.tokenFile, Date.now() / 1000, Date.now() / 1000),
    })
  },
}

const othersEveryMs = 125

/** Somebody else uses the token, too. */
export const throttled: Scenario = {
  name: 'throttled',
  alerts: ['Throttled (warning)'],
  async run(stage) {
    const at = await stage.install()
    const { app } = at
    await at.start()
    const stopping = new AbortController()
    let others: Promise<void> | undefined
    stage.defer(async () => {
      stopping.abort()
      await others
    })
    await stage.show(at, {
      alerts: ['Throttled (warning)'],
      cause: `somebody else sends ${1000 / othersEveryMs} requests per second with the token, of 10 that Zendesk takes`,
      async inject() {
        await app.load(peopleOf('throttled', 400))
        others = sendAsOther(app.sell, stopping.signal)
      },
      async end() {
        stopping.abort()
        await others
      },
    })
  },
}

/** Reads contacts with the program's token until `signal` is aborted, whatever the answers. */
async function sendAsOther({ url, token }: Emulator, signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
  try {
    while (!signal.aborted) {
      const answer = await fetch(`${url}/v2/contacts?per_page=1`, { headers, signal })
      await answer.arrayBuffer()
      await pause(othersEveryMs, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

const slowPerSecond = 0.01
const backlogCount = 900

/** More contacts differ than the rate takes in a day. */
export const backlog: Scenario = {
  name: 'backlog',
  alerts: ['BacklogLong (warning)'],
  async run(stage) {
    const at = await stage.install({ changes: { zendesk: { requestsPerSecond: slowPerSecond } } })
    await at.start()
    await stage.show(at, {
      alerts: ['BacklogLong (warning)'],
      cause: `${backlogCount} contacts wait and zendesk.requestsPerSecond is ${slowPerSecond}`,
      withinMs: 120_000,
      inject: async () => at.app.load(peopleOf('backlog', backlogCount)),
    })
  },
}
