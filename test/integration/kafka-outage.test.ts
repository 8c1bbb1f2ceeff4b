import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type RunningKafka, startKafka } from '../../sandbox/stack.ts'
import { type Application, createApplication } from '../support/application.ts'
import { busiestSecond, writesByEmail } from '../support/emulator.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { peopleOf } from '../support/people.ts'
import { isQuiet, recordCount } from '../support/progress-in-kafka.ts'
import { until } from '../support/until.ts'

/** As configured: how long the group waits for a member that says nothing. */
const sessionMs = 6000

let kafka: RunningKafka
let app: Application

beforeAll(async () => {
  kafka = await startKafka({
    env: { ...process.env, SANDBOX_KAFKA_BROKERS: '', SANDBOX_PROVIDER: 'java' },
  })
})
afterAll(async () => kafka.stop())

beforeEach(async () => {
  app = await createApplication({ brokers: kafka.brokers })
})
afterEach(async () => app.dispose())

function signalBroker(signal: 'SIGSTOP' | 'SIGCONT'): void {
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
      busiestSecond: busiestSecond(requests),
    })
    expect(busiestSecond(requests)).toBeLessThanOrEqual(10)
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
