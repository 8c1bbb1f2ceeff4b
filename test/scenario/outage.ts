import { createDice } from '../support/simulation/dice.ts'
import { percentile } from '../support/scenario/freshness.ts'
import { rounded, type ScenarioResult } from '../support/scenario/result.ts'
import { makeTraffic } from '../support/scenario/traffic.ts'
import { createScenarioWorld } from '../support/scenario/world.ts'

/** How much of it. */
export interface OutageSize {
  readonly contacts: number
  readonly eventsPerSecond: number
  readonly deadForMs: number
}

const full: OutageSize = { contacts: 10_000, eventsPerSecond: 20, deadForMs: 600_000 }
const calmMs = 60_000
/** Longest and, of the longest, shortest pause between two probes; and requests before the pauses are that long. */
const longestPauseMs = 60_000
const usualPauseMs = 30_000
const firstRequests = 30

/**
 * Zendesk is dead while events go on as before: half of the time nobody answers a connection, then requests are taken and
 * never answered. What is kept is contacts, what is sent are probes; when it is back, the current state of each goes out.
 */
export async function outage(size: OutageSize = full): Promise<ScenarioResult> {
  const world = await createScenarioWorld({ partitions: 4, machines: 1 })
  const events = makeTraffic(createDice(1, 'outage'), {
    perSecond: size.eventsPerSecond,
    forMs: 2 * calmMs + size.deadForMs,
    persons: size.contacts,
    prefix: 'p',
  })
  let peakDirty = 0
  let peakHeapBytes = 0
  world.watch(1000, () => {
    peakDirty = Math.max(peakDirty, world.dirtyContacts())
    peakHeapBytes = Math.max(peakHeapBytes, process.memoryUsage().heapUsed)
  })
  world.start(0)
  for (const { atMs, person } of events) world.scheduler.at(atMs, () => world.inputs.event(person))
  await world.run(calmMs)

  const sentBefore = world.zendesk.requests.length
  const deadUntilMs = world.nowMs() + size.deadForMs
  const silentFromMs = world.nowMs() + size.deadForMs / 2
  world.zendesk.treats(() => (world.nowMs() < silentFromMs ? 'unreachable' : 'unanswered'))
  const heapBeforeBytes = process.memoryUsage().heapUsed
  await world.run(size.deadForMs)
  const sentWhileDead = world.zendesk.requests.length - sentBefore
  const dirtyAtEnd = world.dirtyContacts()

  world.zendesk.treats(() => null)
  await world.run(calmMs)
  const eventsAfter = events.filter(({ atMs }) => atMs >= deadUntilMs).length
  await world.until('all is written', () => world.freshness().waiting() === 0, size.contacts * 1000)
  const drainedInMs = world.nowMs() - deadUntilMs
  const { requestsPerSecond, ambiguousHoldMs } = world.config().zendesk
  const withinMs =
    ((dirtyAtEnd + eventsAfter) * 1000) / requestsPerSecond +
    Math.max(ambiguousHoldMs, world.config().deliver.retry.maxMs) +
    longestPauseMs
  const figures = {
    contacts: size.contacts,
    events: events.length,
    deadSeconds: size.deadForMs / 1000,
    requestsWhileDead: sentWhileDead,
    peakDirtyContacts: peakDirty,
    peakHeapMb: rounded(peakHeapBytes / 2 ** 20),
    heapWhenItDiedMb: rounded(heapBeforeBytes / 2 ** 20),
    drainSeconds: rounded(drainedInMs / 1000),
    drainMayTakeSeconds: rounded(withinMs / 1000),
    freshnessP99Seconds: rounded(percentile(world.freshness().tookMs, 0.99) / 1000),
    orderViolations: world.zendesk.orderViolations(),
    maxInAnySecond: world.zendesk.maxInAnySecond(deadUntilMs),
    deadLetters: world.deadLetters(),
    lost: world.inputs.lost(world.zendesk),
  }
  return {
    scenario: 'outage',
    figures,
    bounds: [
      { what: 'at most one dirty entry for each contact', holds: peakDirty <= size.contacts },
      {
        what: 'requests to a dead Zendesk are probes',
        holds: sentWhileDead <= firstRequests + size.deadForMs / usualPauseMs,
      },
      { what: 'no older state after a newer one', holds: figures.orderViolations === 0 },
      {
        what: 'drained within backlog / 9.5 s and the longest rest and pause',
        holds: drainedInMs <= withinMs,
      },
      { what: 'nothing is lost', holds: figures.lost === 0 && figures.deadLetters === 0 },
    ],
    virtualMs: world.nowMs(),
  }
}
