import { setTimeout as pause } from 'node:timers/promises'
import type { Application } from '../test/support/application.ts'
import { createProfileEncode } from '../test/support/avro-records.ts'
import type { SeenRequest } from '../test/support/emulator.ts'
import { emailOf, type PersonLine, personOf } from '../test/support/people.ts'
import { percentile } from '../test/support/scenario/freshness.ts'
import { latencyMs } from '../test/support/scenario/latencies.ts'
import { makeTraffic } from '../test/support/scenario/traffic.ts'
import { createDice } from '../test/support/simulation/dice.ts'

/** What became of the events of one window. Times in whole milliseconds, from the producing of an event's record. */
export interface LiveWindow {
  readonly events: number
  /** Until Zendesk acknowledged the write that carries the event. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Until the request of that write arrived at Zendesk: without the time that Zendesk took. */
  readonly askedP50Ms: number
  readonly askedP99Ms: number
  /** Writes of other contacts that Zendesk acknowledged meanwhile. */
  readonly otherWrites: number
  /** Of each event, until the acknowledgement, and until the request. */
  readonly tookMs: readonly number[]
  readonly askedMs: readonly number[]
}

/** How much of it. */
export interface LiveSize {
  readonly perSecond: number
  readonly windowMs: number
}

/** Updates of persons, each of which needs a request of its own. */
export interface LiveTraffic {
  /** The persons as they are before the first window. */
  readonly people: readonly PersonLine[]
  /** Sends the events of one window at their times: the same in each. Resolves when all are acknowledged. */
  window(): Promise<LiveWindow>
  /** Everything that was sent. */
  sent(): readonly PersonLine[]
  /** How many writes of other contacts Zendesk ever acknowledged. Asks for all requests: not to be called in a window. */
  otherWrites(): Promise<number>
  /** Likewise, by counts alone, while no live event is under way. */
  otherWritesSoFar(): Promise<number>
}

/** An event of a window. */
interface Event {
  readonly name: string
  readonly atMs: number
  /** How long Zendesk takes for its request. */
  readonly latencyMs: number
}

/** How long Zendesk takes for other writes: what half of {@link latencyMs} are below. */
const otherLatencyMs = 200
const acknowledgedWithinMs = 300_000

/**
 * Traffic with times and latencies as the scenarios of `npm run scenario` have them, drawn once: two windows differ by nothing
 * but what the machine and the program make of them.
 */
export async function createLiveTraffic(
  app: Application,
  { perSecond, windowMs }: LiveSize,
): Promise<LiveTraffic> {
  const dice = createDice(1, 'live traffic')
  const times = makeTraffic(dice, { perSecond, forMs: windowMs, persons: 1, prefix: '' })
  const events = times.map(({ atMs }, index): Event => {
    return { name: `live${index + 1}`, atMs, latencyMs: latencyMs(dice) }
  })
  const emails = new Set(events.map(({ name }) => emailOf(name)))
  const sent: PersonLine[] = []
  const encode = await createProfileEncode(app.topics.profiles)
  let windows = 0

  /** Sends an event, and gives the time before it was sent. */
  async function produce(name: string, firstName: string): Promise<number> {
    const person = { name: { firstName, lastName: `Person-${name}` } }
    const line = personOf(name, { person, _repo: { modifyDate: new Date().toISOString() } })
    sent.push(line)
    const producedMs = performance.now()
    await app.produce(app.topics.profiles, [{ key: line.personKey, value: encode(line) }])
    return producedMs
  }

  const countOthers = (requests: readonly SeenRequest[]): number =>
    writesIn(requests).filter(({ email, applied }) => applied && !emails.has(email ?? '')).length

  return {
    people: events.map(({ name }) => personOf(name)),
    async window() {
      windows += 1
      const firstName = `Event ${windows}`
      await delayRequests(app, events)
      const before = await app.sell.lastSeq()
      const startedMs = performance.now()
      const producing: Promise<number>[] = []
      for (const { name, atMs } of events) {
        await pause(Math.max(0, startedMs + atMs - performance.now()))
        producing.push(produce(name, firstName))
      }
      await pause(Math.max(0, startedMs + windowMs - performance.now()))
      const otherWrites = countOthers(await app.sell.requests(before))
      const producedMs = await Promise.all(producing)
      const carriers = await untilAcknowledged(app, before, firstName, events)
      return { ...figuresOf(producedMs, carriers), otherWrites }
    },
    sent: () => sent,
    async otherWritesSoFar() {
      const { counts } = await app.sell.stats()
      const acknowledged = [counts['contacts.update'], counts['contacts.upsert']].map(
        (statuses) => statuses?.['200'] ?? 0,
      )
      return acknowledged.reduce((sum, count) => sum + count, 0) - sent.length
    },
    otherWrites: async () => countOthers(await app.sell.requests()),
  }
}

/** The first fault that matches counts, so that of all other requests comes last. */
async function delayRequests({ sell }: Application, events: readonly Event[]): Promise<void> {
  await sell.removeFaults()
  for (const { name, latencyMs: delayMs } of events)
    await sell.addFault({ kind: 'delay', delayMs, match: { email: emailOf(name) } })
  await sell.addFault({ kind: 'delay', delayMs: otherLatencyMs })
}

function writesIn(requests: readonly SeenRequest[]): readonly SeenRequest[] {
  return requests.filter(({ method }) => method !== 'GET')
}

/** The acknowledged write of each event, in the order of the events. */
async function untilAcknowledged(
  { sell }: Application,
  since: number,
  firstName: string,
  events: readonly Event[],
): Promise<readonly SeenRequest[]> {
  const deadlineMs = performance.now() + acknowledgedWithinMs
  for (;;) {
    const carriers = new Map(
      writesIn(await sell.requests(since))
        .filter(({ body, appliedAtMs }) => appliedAtMs !== null && firstNameIn(body) === firstName)
        .map((write) => [write.email, write]),
    )
    const found = events.map(({ name }) => carriers.get(emailOf(name))).filter((write) => write !== undefined)
    if (found.length === events.length) return found
    if (performance.now() > deadlineMs)
      throw new Error(`${events.length - found.length} live events were not acknowledged`)
    // Rarely: who asks takes time from what is measured.
    await pause(500)
  }
}

function firstNameIn(body: unknown): string | undefined {
  return (body as { readonly data?: { readonly first_name?: string } } | null)?.data?.first_name
}

/** The emulator runs in this process, and goes by the same clock. */
function figuresOf(
  producedMs: readonly number[],
  carriers: readonly SeenRequest[],
): Omit<LiveWindow, 'otherWrites'> {
  const since = (at: number, timeMs: number): number => Math.round(timeMs - (producedMs[at] ?? NaN))
  const tookMs = carriers.map(({ appliedAtMs }, at) => since(at, appliedAtMs ?? NaN))
  const askedMs = carriers.map(({ monotonicMs }, at) => since(at, monotonicMs))
  return {
    events: carriers.length,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
    askedP50Ms: percentile(askedMs, 0.5),
    askedP99Ms: percentile(askedMs, 0.99),
    tookMs,
    askedMs,
  }
}
