import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sumOf } from '../../sandbox/demo/scrape.ts'
import { type RunningKafka, startKafka } from '../../sandbox/stack.ts'
import { type Application, createApplication } from '../support/application.ts'
import { busiestWindow, pacedWindowMs, writesByEmail } from '../support/emulator.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { peopleOf, personOf } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { isQuiet, recordCount } from '../support/progress-in-kafka.ts'
import { until } from '../support/until.ts'

/** As configured: how long the group waits for a member that says nothing. */
const sessionMs = 6000

let kafka: RunningKafka
let app: Application

let dataDir: string

/** A broker whose process can be disturbed, and whose records outlive it. */
async function startBroker(port?: number): Promise<RunningKafka> {
  const env = { ...process.env, SANDBOX_KAFKA_BROKERS: '', SANDBOX_PROVIDER: 'java' }
  return startKafka({ env, dataDir, port })
}

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-broker-'))
  kafka = await startBroker()
})
afterAll(async () => {
  await kafka.stop()
  await rm(dataDir, { recursive: true, force: true })
})

beforeEach(async () => {
  app = await createApplication({ brokers: kafka.brokers })
})
afterEach(async () => app.dispose())

function signalBroker(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  if (kafka.pid === undefined) throw new Error('the broker has no process')
  process.kill(kafka.pid, signal)
}

const writeCount = async (): Promise<number> => (await app.sell.writes()).length

describe('a broker that hangs', () => {
  it('for longer than the session: nothing is sent meanwhile nor in a burst afterwards, and all arrives', async () => {
    const people = peopleOf('hang', 40)
    await app.load(people)
    const program = await app.start()
    await program.until('ten writes', async () => (await writeCount()) >= 10)
    signalBroker('SIGSTOP')
    const stoppedAtMs = performance.now()
    await until(
      'the session and the lease are over',
      () => performance.now() - stoppedAtMs > sessionMs + 1000,
    )
    const written = await writeCount()
    signalBroker('SIGCONT')
    await program.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await program.untilReady()
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))

    const [requests, writes] = [await app.sell.requests(), await app.sell.writes()]
    const repeated = writes.length - writesByEmail(writes).size
    reportMeasurement('a broker that hung', {
      hungMs: sessionMs + 1000,
      writtenMeanwhile: written - 10,
      repeated,
      busiestSecond: busiestWindow(requests),
    })
    expect(busiestWindow(requests, pacedWindowMs)).toBeLessThanOrEqual(10)
    // What was under way when the broker hung: its answers could not be recorded.
    expect(repeated).toBeLessThanOrEqual(2)
    expect((await app.sell.stats()).maxInFlightPerContact).toBe(1)
    expect(await app.sell.contacts()).toHaveLength(people.length)
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })

  it('does not keep a program from ending', async () => {
    const program = await app.start({ changes: { shutdownTimeoutMs: 2000 } })
    await program.untilReady()
    signalBroker('SIGSTOP')
    const { status, tookMs } = await program.terminate().finally(() => signalBroker('SIGCONT'))
    reportMeasurement('SIGTERM while the broker hangs, 2 s allowed', { ms: tookMs })
    // Its offsets could not be committed: it stopped, but not in order.
    expect(status).toBe(1)
    expect(tookMs).toBeLessThan(4000)
  })
})

describe('a broker that crashes', () => {
  it('and comes back: the program goes on by itself, with every contact, and knows the lag again', async () => {
    const people = peopleOf('restart', 30)
    await app.load(people)
    const program = await app.start()
    await program.until('ten writes', async () => (await writeCount()) >= 10)
    signalBroker('SIGKILL')
    await kafka.died
    await kafka.stop()
    const diedAtMs = performance.now()
    kafka = await startBroker(Number(kafka.brokers[0]?.split(':')[1]))
    // The Kafka client tries again after pauses that grow up to half a minute.
    await program.until(
      'everything arrives',
      async () => (await app.differencesFrom(people)).length === 0,
      90_000,
    )
    reportMeasurement('a broker that was killed', { toLastContactMs: performance.now() - diedAtMs })
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    await app.load([personOf('afterwards')])
    await program.until(
      'there is one contact more',
      async () => (await app.sell.contacts()).length > people.length,
    )
    const end = await recordCount(app, app.topics.contacts)
    await program.until('the lag is known', async () => (await knownEnd(program)) === end)
    expect((await app.sell.stats()).maxInFlightPerContact).toBe(1)
    expect(await app.sell.contacts()).toHaveLength(people.length + 1)
  })
})

/** Records of the contacts topic, as the metrics tell. */
async function knownEnd(program: Program): Promise<number> {
  const labels = { stage: 'deliver', topic: app.topics.contacts }
  return sumOf(await program.metrics(), 'zendesk_activation_log_end_offset', labels)
}
