import { createDice } from '../support/simulation/dice.ts'
import { percentile } from '../support/scenario/freshness.ts'
import { runPerEventQueue } from '../support/scenario/per-event-queue.ts'
import { rounded, type ScenarioResult } from '../support/scenario/result.ts'
import { makeTraffic } from '../support/scenario/traffic.ts'
import { createScenarioWorld } from '../support/scenario/world.ts'

/** How much of it. */
export interface OverloadSize {
  readonly contacts: number
  readonly eventsPerSecond: number
  readonly forMs: number
}

const full: OverloadSize = { contacts: 10_000, eventsPerSecond: 20, forMs: 600_000 }
const startedMs = 10_000

/**
 * Twice as many events as Zendesk takes requests: the backlog is one of contacts, and stops growing where a queue of events
 * goes on to. Freshness is from an event to the acknowledgement of a write that carries it, of all events, until the last.
 */
export async function overload(size: OverloadSize = full): Promise<ScenarioResult> {
  const events = makeTraffic(createDice(1, 'overload'), {
    perSecond: size.eventsPerSecond,
    forMs: size.forMs,
    persons: size.contacts,
    prefix: 'p',
  })
  const world = await createScenarioWorld({ partitions: 4, machines: 1 })
  let peakBacklog = 0
  world.watch(1000, () => (peakBacklog = Math.max(peakBacklog, world.dirtyContacts())))
  world.start(0)
  for (const { atMs, person } of events)
    world.scheduler.at(startedMs + atMs, () => world.inputs.event(person))
  await world.run(startedMs + size.forMs)
  const backlogAtEnd = world.dirtyContacts()
  await world.until(
    'every event is acknowledged',
    () => world.freshness().waiting() === 0,
    size.contacts * 1000,
  )
  const { tookMs } = world.freshness()
  const { requestsPerSecond } = world.config().zendesk
  const queue = runPerEventQueue(events, requestsPerSecond, createDice(1, 'queue'))
  const figures = {
    contacts: size.contacts,
    events: events.length,
    requests: world.zendesk.requests.length,
    peakBacklogContacts: peakBacklog,
    backlogAtEndContacts: backlogAtEnd,
    freshnessP50Seconds: rounded(percentile(tookMs, 0.5) / 1000),
    freshnessP99Seconds: rounded(percentile(tookMs, 0.99) / 1000),
    queuePeakBacklogEvents: queue.peakBacklog,
    queueFreshnessP50Seconds: rounded(percentile(queue.tookMs, 0.5) / 1000),
    queueFreshnessP99Seconds: rounded(percentile(queue.tookMs, 0.99) / 1000),
    maxInAnySecond: world.zendesk.maxInAnySecond(0),
    lost: world.inputs.lost(world.zendesk),
  }
  return {
    scenario: 'overload',
    figures,
    bounds: [
      { what: 'the backlog is at most one entry for each contact', holds: peakBacklog <= size.contacts },
      { what: 'every event is acknowledged', holds: tookMs.length === events.length },
      {
        what: 'fresher than a queue of events',
        holds:
          figures.freshnessP50Seconds <= figures.queueFreshnessP50Seconds &&
          figures.freshnessP99Seconds <= figures.queueFreshnessP99Seconds,
      },
      { what: 'at most 10 requests in any second', holds: figures.maxInAnySecond <= 10 },
      { what: 'nothing is lost', holds: figures.lost === 0 },
    ],
    virtualMs: world.nowMs(),
  }
}
