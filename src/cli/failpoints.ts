import { writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { internalTopics } from '../config/topics.ts'
import type { StateStores } from '../runtime/state-store.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { StageParts } from './stages.ts'

/**
 * The environment variable that arms failpoints, for tests of crashes: `after ledger 3`, or several with commas. At the
 * third acknowledged ledger record the process says so and is killed by SIGKILL, before it has seen the acknowledgement.
 */
export const failpointsVariable = 'ZENDESK_ACTIVATION_FAILPOINTS'

/** Where a process can be killed: `before` an effect, `during` it (begun, and not known how it ended) or `after` it. */
export const moments = ['before', 'during', 'after'] as const

/** What can be killed at. `store-*` are the batches of a stage's stores, those of restoring included. */
export const effects = [
  'decode',
  'dead-letter',
  'persons',
  'contacts',
  'ledger',
  'retry',
  'store-assemble',
  'store-deliver',
  'request',
  'commit',
] as const

/** One of {@link moments}. */
export type Moment = (typeof moments)[number]

/** One of {@link effects}. */
export type Effect = (typeof effects)[number]

/** Kills at the `nth` time that the process gets there, counted from 1. */
export interface Failpoint {
  readonly moment: Moment
  readonly effect: Effect
  readonly nth: number
}

/** Failpoints as they were written, or what is wrong with them, in words for people. */
export type ParsedFailpoints =
  | { readonly type: 'failpoints'; readonly failpoints: readonly Failpoint[] }
  | { readonly type: 'invalid'; readonly problem: string }

/** Reads the text of the variable. */
export function parseFailpoints(text: string): ParsedFailpoints {
  const failpoints: Failpoint[] = []
  const problems: string[] = []
  for (const part of text.split(',')) {
    const point = parseFailpoint(part)
    if (point === null) problems.push(`"${part.trim()}" is no failpoint`)
    else failpoints.push(point)
  }
  if (problems.length === 0) return { type: 'failpoints', failpoints }
  const known = `when: ${moments.join(', ')}; effect: ${effects.join(', ')}; nth: 1 to 999999999`
  return { type: 'invalid', problem: `${problems.join('; ')}: it takes <when> <effect> <nth>. ${known}` }
}

function parseFailpoint(text: string): Failpoint | null {
  const [when, what, count = '', ...more] = text.trim().split(/\s+/)
  const moment = moments.find((known) => known === when)
  const effect = effects.find((known) => known === what)
  if (moment === undefined || effect === undefined || more.length > 0) return null
  return /^[1-9]\d{0,8}$/.test(count) ? { moment, effect, nth: Number(count) } : null
}

/** A failpoint as it is written. */
export function describeFailpoint({ moment, effect, nth }: Failpoint): string {
  return `${moment} ${effect} ${nth}`
}

/** Armed failpoints. */
export interface Failpoints {
  /** Carries out `act`, unless the process dies of it. */
  around<T>(effect: Effect, act: () => Promise<T>): Promise<T>
}

/** What failpoints do to the process. */
export interface FailpointPorts {
  die(point: Failpoint): Promise<never>
  /** Lets what was begun get under way. */
  pause(delayMs: number): Promise<unknown>
}

/** How long what is begun goes on `during`, in milliseconds: a request is on its way then, a batch hardly begun. */
const duringMs: Readonly<Record<Effect, number>> = {
  decode: 1,
  'dead-letter': 3,
  persons: 3,
  contacts: 3,
  ledger: 3,
  retry: 3,
  'store-assemble': 1,
  'store-deliver': 1,
  request: 30,
  commit: 3,
}

/** Failpoints, each with a count of its own: `before` and `during` count what begins, `after` what succeeded. */
export function createFailpoints(failpoints: readonly Failpoint[], ports: FailpointPorts): Failpoints {
  const armed = failpoints.map((point) => ({ point, left: point.nth }))

  /** Counts one more; the point that is reached by it. */
  function reached(effect: Effect, moment: Moment): Failpoint | undefined {
    const here = armed.filter(({ point }) => point.effect === effect && point.moment === moment)
    for (const counter of here) counter.left -= 1
    return here.find(({ left }) => left === 0)?.point
  }

  return {
    async around(effect, act) {
      const before = reached(effect, 'before')
      const during = reached(effect, 'during')
      if (before !== undefined) return ports.die(before)
      const acting = act()
      if (during !== undefined) {
        acting.catch(() => undefined)
        await ports.pause(duringMs[effect])
        return ports.die(during)
      }
      const result = await acting
      const after = reached(effect, 'after')
      return after === undefined ? result : ports.die(after)
    },
  }
}

/**
 * The failpoints of `env`, or `null` where there are none; warns of armed ones. Where the variable cannot be read, it ends
 * the process as a wrong configuration does, with 2: nothing has begun.
 */
export function armFailpoints(env: NodeJS.ProcessEnv, logger: Logger): Failpoints | null {
  const text = env[failpointsVariable]
  if (text === undefined || text.trim() === '') return null
  const parsed = parseFailpoints(text)
  if (parsed.type === 'invalid') {
    writeSync(process.stderr.fd, `${failpointsVariable}: ${parsed.problem}\n`)
    process.exit(2)
  }
  const failpoints = parsed.failpoints.map(describeFailpoint)
  logger.warn({ failpoints }, 'failpoints are armed: the process kills itself when it reaches one')
  return createFailpoints(parsed.failpoints, { die: killProcess, pause })
}

async function killProcess(point: Failpoint): Promise<never> {
  try {
    writeSync(process.stderr.fd, `failpoint ${describeFailpoint(point)}: SIGKILL\n`)
  } catch {
    // Nobody reads it any more, or not fast enough. The death is what matters.
  }
  process.kill(process.pid, 'SIGKILL')
  // The signal may take a moment to arrive: this thread does nothing more until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  return new Promise(() => undefined)
}

/** The parts of the stages with `failpoints` around their effects; the parts themselves where there are none. */
export function withFailpoints(parts: StageParts, failpoints: Failpoints | null): StageParts {
  if (failpoints === null) return parts
  const { kafka, decoder, zendesk } = parts
  const effectOf = topicEffects(parts)
  return {
    ...parts,
    decoder: { decode: async (bytes) => failpoints.around('decode', async () => decoder.decode(bytes)) },
    zendesk: {
      ...zendesk,
      write: async (write) => failpoints.around('request', async () => zendesk.write(write)),
    },
    async produce(records, mayGo) {
      const effect = effectOf.get(records[0]?.topic ?? '')
      const act = async () => parts.produce(records, mayGo)
      return effect === undefined ? act() : failpoints.around(effect, act)
    },
    storesOf: (stage) => aroundBatches(parts.storesOf(stage), `store-${stage}`, failpoints),
    kafka: {
      ...kafka,
      createConsumer(options, held) {
        const consumer = kafka.createConsumer(options, held)
        return {
          ...consumer,
          commit: async (offsets, note) =>
            failpoints.around('commit', async () => consumer.commit(offsets, note)),
        }
      },
    },
  }
}

function topicEffects({ config }: StageParts): ReadonlyMap<string, Effect> {
  const { deadLetter, persons, contacts, ledger, retry } = internalTopics(config.applicationId)
  return new Map<string, Effect>([
    [deadLetter, 'dead-letter'],
    [persons, 'persons'],
    [contacts, 'contacts'],
    [ledger, 'ledger'],
    [retry, 'retry'],
  ])
}

function aroundBatches(stores: StateStores, effect: Effect, failpoints: Failpoints): StateStores {
  return {
    ...stores,
    async open(partition) {
      const store = await stores.open(partition)
      return { ...store, batch: async (writes) => failpoints.around(effect, async () => store.batch(writes)) }
    },
  }
}
