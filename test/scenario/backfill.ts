import type { Config } from '../../src/config/config.ts'
import { createDice } from '../support/simulation/dice.ts'
import { percentile } from '../support/scenario/freshness.ts'
import { emailOf } from '../support/scenario/inputs.ts'
import { rounded, type ScenarioResult } from '../support/scenario/result.ts'
import { type Event, makeTraffic } from '../support/scenario/traffic.ts'
import { createScenarioWorld, type ScenarioWorld } from '../support/scenario/world.ts'
import { audiences, createTestConfig } from '../support/topology/configuration.ts'

/** How much of it. */
export interface BackfillSize {
  /** Persons that are stored and written before the audience is added. */
  readonly stored: number
  /** Other persons, whose events go on meanwhile. */
  readonly live: number
  readonly liveEventsPerSecond: number
  readonly forMs: number
}

const full: BackfillSize = { stored: 50_000, live: 5000, liveEventsPerSecond: 2, forMs: 900_000 }

/** How much later an event may arrive beside a backfill than without, and what of the requests the backfill gets at least. */
const mostDelay = 0.1
const leastShare = 0.05

/** Requests per second while the account is filled: that is no part of what is measured. */
const fillingPerSecond = 500

/**
 * An audience is added to the configuration that all stored persons are in, so that every contact needs a write, while
 * events of other persons go on. Measured twice with the same events: with the configuration as it was, and with the
 * audience added.
 */
export async function backfill(size: BackfillSize = full): Promise<ScenarioResult> {
  const complete = createTestConfig()
  const world = await createScenarioWorld({ partitions: 4, machines: 1, config: without(complete) })
  const events = makeTraffic(createDice(1, 'backfill'), {
    perSecond: size.liveEventsPerSecond,
    forMs: size.forMs,
    persons: size.live,
    prefix: 'live',
  })
  await fill(world, size)
  await restartWith(world, without(complete))
  const alone = await measure(world, size, events)
  await restartWith(world, complete)
  const beside = await measure(world, size, events)
  const figures = {
    storedPersons: size.stored,
    liveEvents: events.length,
    liveP50SecondsAlone: alone.p50Seconds,
    liveP50SecondsBeside: beside.p50Seconds,
    liveP99SecondsAlone: alone.p99Seconds,
    liveP99SecondsBeside: beside.p99Seconds,
    liveP99Delay: rounded(beside.p99Seconds / alone.p99Seconds - 1),
    backfillRequests: beside.otherRequests,
    backfillShare: rounded(beside.otherRequests / beside.requests),
    requestsPerSecondAlone: rounded(alone.requests / (size.forMs / 1000)),
    requestsPerSecondBeside: rounded(beside.requests / (size.forMs / 1000)),
    backlogAtEndContacts: beside.backlogAtEnd,
    maxInAnySecond: beside.maxInAnySecond,
  }
  return {
    scenario: 'backfill',
    figures,
    bounds: [
      { what: 'without a backfill there are live requests alone', holds: alone.otherRequests === 0 },
      { what: 'the backfill has work all the time', holds: beside.backlogAtEnd > 0 },
      {
        what: `live events are at most ${mostDelay * 100} % later beside it`,
        holds: figures.liveP99Delay <= mostDelay,
      },
      {
        what: `the backfill gets at least ${leastShare * 100} % of the requests`,
        holds: figures.backfillShare >= leastShare,
      },
      { what: 'at most 10 requests in any second', holds: figures.maxInAnySecond <= 10 },
    ],
    virtualMs: world.nowMs(),
  }
}

/** The configuration without the audience that is added later. */
function without(config: Config): Config {
  const others = config.audiences.filter(({ segmentId }) => segmentId !== audiences.newsletter.segmentId)
  return { ...config, audiences: others }
}

/** Writes the stored persons and the others to an account that takes requests faster than Sell does. */
async function fill(world: ScenarioWorld, { stored, live }: BackfillSize): Promise<void> {
  world.configure((config) => ({
    ...config,
    zendesk: { ...config.zendesk, requestsPerSecond: fillingPerSecond, maxConcurrentRequests: 256 },
  }))
  world.zendesk.limit(false)
  for (let person = 1; person <= stored; person += 1) {
    world.inputs.event(`stored${person}`)
    world.inputs.membership(`stored${person}`, { audience: audiences.newsletter, status: 'realized' })
  }
  for (let person = 1; person <= live; person += 1) world.inputs.event(`live${person}`)
  world.start(0)
  const isFilled = (): boolean => world.freshness().waiting() === 0 && world.dirtyContacts() === 0
  await world.until('the account is filled', isFilled, (stored + live) * 1000)
  world.zendesk.limit(true)
}

async function restartWith(world: ScenarioWorld, config: Config): Promise<void> {
  world.stop(0)
  await world.until('the process has ended', () => world.running().length === 0, 60_000)
  world.configure(() => config)
  world.start(0)
  const isReady = (): boolean => world.running().some((process) => process.isRestored())
  await world.until('the process has its state', isReady, 600_000)
}

/** What became of the events, and who got the requests. */
async function measure(world: ScenarioWorld, size: BackfillSize, events: readonly Event[]) {
  world.measureAnew()
  const live = new Set(events.map(({ person }) => emailOf(person)))
  const [first, fromMs] = [world.zendesk.requests.length, world.scheduler.nowMs()]
  for (const { atMs, person } of events) world.scheduler.at(atMs, () => world.inputs.event(person))
  await world.run(size.forMs)
  const requests = world.zendesk.requests.slice(first)
  const backlogAtEnd = world.dirtyContacts()
  const freshness = world.freshness()
  await world.until('all live events are acknowledged', () => freshness.waiting() === 0, size.stored * 1000)
  const { tookMs } = freshness
  return {
    requests: requests.length,
    otherRequests: requests.filter(({ email }) => !live.has(email)).length,
    p50Seconds: rounded(percentile(tookMs, 0.5) / 1000),
    p99Seconds: rounded(percentile(tookMs, 0.99) / 1000),
    backlogAtEnd,
    maxInAnySecond: world.zendesk.maxInAnySecond(fromMs),
  }
}
