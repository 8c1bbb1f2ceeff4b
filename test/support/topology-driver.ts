import type { DeliverStage } from '../../src/cli/deliver-stage.ts'
import type { Config } from '../../src/config/config.ts'
import type { Write } from '../../src/domain/plan.ts'
import type { SourceRecord } from '../../src/domain/record.ts'
import type { Broker } from './topology/broker.ts'
import type { Counts } from './topology/counts.ts'
import { createEngine } from './topology/engine.ts'
import type { CrashPoint, Effect } from './topology/faults.ts'
import { type MembershipFacts, membershipValue, type ProfileFacts, profileValue } from './topology/inputs.ts'
import { createWorld, type World, type WorldOptions } from './topology/world.ts'
import type { SentRequest, ZendeskModel } from './topology/zendesk-model.ts'

/** When a record was written; by default now. */
export interface RecordTime {
  readonly timestampMs?: number
}

/** One request, as far as most tests care. */
export type Sent = Pick<Write, 'type' | 'email' | 'fields'>

/** A dead letter as the topic holds it, its headers as text. */
export interface DeadLetter {
  readonly key: string
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Runs both stages, from the definitions that the program itself runs, over Kafka, Zendesk and time in memory. Nothing
 * happens but in `advance`, `quiet`, `restart` and `kill`.
 */
export interface TopologyDriver {
  profile(key: string, facts: ProfileFacts, time?: RecordTime): SourceRecord
  membership(
    key: string,
    facts: MembershipFacts | readonly MembershipFacts[],
    time?: RecordTime,
  ): SourceRecord
  /** A tombstone of the profile: erasure. */
  tombstone(key: string, time?: RecordTime): SourceRecord
  /** Any record of any topic. */
  raw(
    topic: string,
    key: Uint8Array | string | null,
    value: Uint8Array | null,
    time?: RecordTime,
  ): SourceRecord
  nowMs(): number
  /** Lets `ms` pass, and everything happen that does meanwhile. */
  advance(ms: number): Promise<void>
  /** Lets time pass until everything is read and no contact is dirty; rejects after an hour. */
  quiet(): Promise<void>
  /** Changes the configuration with which the program starts the next time. */
  configure(change: (config: Config) => Config): void
  /** Stops the program as on SIGTERM and starts it again; `compacted` compacts the internal topics meanwhile. */
  restart(options?: { readonly compacted?: boolean }): Promise<void>
  /** Ends the program as on SIGKILL; it starts again `downMs` later, by default after the session timeout. */
  kill(options?: { readonly compacted?: boolean; readonly downMs?: number }): Promise<void>
  /** Ends the program like {@link TopologyDriver.kill} when it gets there; several come one after another. */
  crashAt(point: CrashPoint): void
  /** True until all crashes have happened. */
  isCrashArmed(): boolean
  disarmCrash(): void
  /** Reads the topic that `topic` names before others that have records; by default any of them. */
  readFirst(topic: () => string): void
  /** From now on no batch has more records. */
  readInBatchesOf(size: () => number): void
  /** Calls `then` while the program is about to read a person, a contact or a ledger entry the next time. */
  duringNextRead(then: () => void): void
  /** Keeps effects of this kind waiting until the returned function is called. */
  hold(effect: Effect): () => void
  readonly broker: Broker
  readonly topics: World['topics']
  readonly zendesk: ZendeskModel
  readonly requests: readonly SentRequest[]
  /** What was sent, to one contact or to all. */
  sent(email?: string): readonly Sent[]
  readonly counts: Counts
  deadLetters(): readonly DeadLetter[]
  /** The running program's deliver stage. */
  deliver(): DeliverStage
  /** What the program was told of its token, in order. */
  readonly authorisations: readonly boolean[]
}

const patienceMs = 3_600_000

/** A driver whose program has just started, with nothing in Kafka and nothing in Zendesk. */
export async function createTopologyDriver(options: WorldOptions = {}): Promise<TopologyDriver> {
  const world = await createWorld(options)
  const { time, broker, zendesk, faults, topics } = world
  const engine = createEngine(world)

  async function down(ms: number, compacted: boolean): Promise<void> {
    if (compacted) for (const topic of [topics.persons, topics.contacts, topics.ledger]) broker.compact(topic)
    await engine.startAfter(ms)
  }

  function append(
    topic: string,
    key: Uint8Array | string | null,
    value: Uint8Array | null,
    at: RecordTime = {},
  ) {
    return broker.append({ topic, key, value, ...at })
  }

  await engine.settle()
  return {
    profile: (key, facts, at) => append('profiles', key, world.encodeProfile(profileValue(facts)), at),
    membership: (key, facts, at) => {
      const value = membershipValue(Array.isArray(facts) ? facts : [facts as MembershipFacts])
      return append('segment-memberships', key, world.encodeMembership(value), at)
    },
    tombstone: (key, at) => append('profiles', key, null, at),
    raw: append,
    nowMs: () => time.nowMs(),
    advance: async (ms) => engine.runUntil(time.nowMs() + ms),
    async quiet() {
      const limitMs = time.nowMs() + patienceMs
      await engine.settle()
      while (!engine.isQuiet()) {
        if (time.nowMs() > limitMs) throw new Error('the program is not quiet after an hour')
        await engine.runUntil(Math.max(time.nowMs(), time.nextTimerMs() ?? limitMs))
      }
    },
    configure(change) {
      world.config = change(world.config)
    },
    async restart({ compacted = false } = {}) {
      await engine.stop()
      await down(0, compacted)
    },
    async kill({ compacted = false, downMs = world.config.kafka.sessionTimeoutMs } = {}) {
      await down(downMs, compacted)
    },
    crashAt: (point) => faults.crashAt(point),
    isCrashArmed: () => faults.isArmed(),
    disarmCrash: () => faults.disarm(),
    readFirst(topic) {
      world.reading.first = topic
    },
    readInBatchesOf(size) {
      world.reading.batchSize = size
    },
    duringNextRead(then) {
      world.reads.next = then
    },
    hold: (effect) => faults.hold(effect),
    broker,
    topics,
    zendesk,
    requests: zendesk.requests,
    sent: (email) =>
      zendesk.requests
        .filter(({ isLook }) => !isLook)
        .map(({ write: { type, email: to, fields } }) => ({ type, email: to, fields }))
        .filter((sent) => email === undefined || sent.email === email),
    counts: world.counts,
    deadLetters: () => broker.records(topics.deadLetter).map(toDeadLetter),
    deliver: () => engine.process().deliver,
    authorisations: world.authorisations,
  }
}

function toDeadLetter({ key, value, headers }: SourceRecord): DeadLetter {
  const text = new TextDecoder()
  return {
    key: key === null ? '' : text.decode(key),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, text.decode(bytes)])),
  }
}
