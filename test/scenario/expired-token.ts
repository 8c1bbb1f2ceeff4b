import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTokenFile, type TokenSource } from '../../src/zendesk/token-file.ts'
import { createDice } from '../support/simulation/dice.ts'
import type { Life } from '../support/simulation/life.ts'
import { rounded, type ScenarioResult } from '../support/scenario/result.ts'
import { makeTraffic } from '../support/scenario/traffic.ts'
import { createScenarioWorld, type ScenarioWorld } from '../support/scenario/world.ts'

/** How much of it. */
export interface ExpiredTokenSize {
  readonly contacts: number
  readonly eventsPerSecond: number
  readonly expiredForMs: number
}

const full: ExpiredTokenSize = { contacts: 1000, eventsPerSecond: 4, expiredForMs: 180_000 }
const calmMs = 60_000

/**
 * The token expires in the middle of a run, and somebody puts another into its file, which is a real one, three minutes
 * later. Until then everything waits and the process is not ready; from then on it goes on by itself.
 */
export async function expiredToken(size: ExpiredTokenSize = full): Promise<ScenarioResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-scenario-'))
  try {
    return await runIn(path.join(folder, 'token'), size)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runIn(file: string, size: ExpiredTokenSize): Promise<ScenarioResult> {
  const tokens = createTokens(file, 'first-token')
  await writeFile(file, 'first-token')
  const world = await createScenarioWorld({
    partitions: 4,
    machines: 1,
    writeContact: async (zendesk, life, write) =>
      tokens.present(world, life, async () => zendesk.write(life, write)),
  })
  world.zendesk.treats(() => (tokens.isAccepted() ? null : 'unauthorised'))
  const events = makeTraffic(createDice(1, 'expired token'), {
    perSecond: size.eventsPerSecond,
    forMs: 2 * calmMs + size.expiredForMs,
    persons: size.contacts,
    prefix: 'p',
  })
  const lives = new Set<Life>()
  world.watch(1000, () => world.running().forEach(({ life }) => lives.add(life)))
  world.start(0)
  for (const { atMs, person } of events) world.scheduler.at(atMs, () => world.inputs.event(person))
  await world.run(calmMs)
  const readyBefore = isReady(world)

  tokens.accept('second-token')
  const [sentBefore, expiredMs] = [world.zendesk.requests.length, world.scheduler.nowMs()]
  await world.until('Zendesk has refused the token', () => !isReady(world), calmMs)
  await world.run(size.expiredForMs)
  const readyWhileExpired = isReady(world)
  const sentWhileExpired = world.zendesk.requests.length - sentBefore
  const writtenWhileExpired = world.zendesk.carriedOut.filter(
    ({ request }) => request.sentMs >= expiredMs,
  ).length

  await world.scheduler.outside(writeFile(file, 'second-token'))
  const replacedMs = world.nowMs()
  await world.until('it is ready again', () => isReady(world), 5 * calmMs)
  const readyAgainMs = world.nowMs() - replacedMs
  await world.until('all is read', () => world.reads.records() === events.length, 10 * calmMs)
  await world.until('all is written', () => world.freshness().waiting() === 0, size.contacts * 1000)

  const figures = {
    contacts: size.contacts,
    events: events.length,
    readyBefore,
    readyWhileExpired,
    requestsWhileExpired: sentWhileExpired,
    writtenWhileExpired,
    readyAgainAfterSeconds: rounded(readyAgainMs / 1000),
    processes: lives.size,
    deadLetters: world.deadLetters(),
    lost: world.inputs.lost(world.zendesk),
  }
  return {
    scenario: 'expired-token',
    figures,
    bounds: [
      { what: 'nothing is written while the token is refused', holds: writtenWhileExpired === 0 },
      { what: 'readiness tells', holds: readyBefore && !readyWhileExpired },
      { what: 'the new token is taken up by the process that ran', holds: lives.size === 1 },
      { what: 'no dead letters', holds: figures.deadLetters === 0 },
      { what: 'nothing is lost', holds: figures.lost === 0 },
    ],
    virtualMs: world.nowMs(),
  }
}

function isReady(world: ScenarioWorld): boolean {
  return world.running().length > 0 && world.running().every((process) => process.readiness().ready)
}

/** Tokens as the program has them, from a file, and the one that Zendesk takes. */
interface Tokens {
  /** From now on Zendesk takes this token alone. */
  accept(token: string): void
  /** Whether it takes the token of the request that is being sent. */
  isAccepted(): boolean
  /** Sends a request with the token of the file, as the client of Zendesk does. */
  present<T extends { readonly type: string }>(
    world: ScenarioWorld,
    life: Life,
    send: () => Promise<T>,
  ): Promise<T | Unavailable>
}

interface Unavailable {
  readonly type: 'unauthorised'
  readonly status: number
  readonly code: string
}

function createTokens(file: string, first: string): Tokens {
  const sources = new Map<Life, TokenSource>()
  let accepted = first
  let presented = ''

  function sourceOf(life: Life): TokenSource {
    const source = sources.get(life) ?? createTokenFile({ path: file, nowMs: () => life.clock.monotonicMs() })
    sources.set(life, source)
    return source
  }

  return {
    accept(token) {
      accepted = token
    },
    isAccepted: () => presented === accepted,
    async present({ scheduler }, life, send) {
      const reading = await scheduler.outside(sourceOf(life).read())
      if (reading.type === 'unavailable')
        return { type: 'unauthorised', status: 0, code: 'token_unavailable' }
      presented = reading.token
      const outcome = await send()
      if (outcome.type === 'unauthorised') await scheduler.outside(sourceOf(life).reload())
      return outcome
    },
  }
}
