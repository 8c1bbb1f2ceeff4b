import { sumOf } from '../../../sandbox/demo/scrape.ts'
import { startKafka } from '../../../sandbox/stack.ts'
import { peopleOf } from '../../support/people.ts'
import type { Program } from '../../support/program.ts'
import { recordCount } from '../../support/progress-in-kafka.ts'
import type { Scenario } from './scenario.ts'

const restoredCount = 4000
const waitingCount = 600

/** A broker stands still, while one installation has contacts to send and another restores its state. */
export const broker: Scenario = {
  name: 'broker',
  alerts: ['NothingSent (critical)', 'RestoreStalled (critical)', 'RestoreSlow (warning)'],
  async run(stage) {
    // One of its own: the others' would stand still, too.
    const kafka = await startKafka({
      env: { ...process.env, SANDBOX_KAFKA_BROKERS: '', SANDBOX_PROVIDER: 'java' },
    })
    stage.defer(async () => kafka.stop())
    const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
      if (kafka.pid === undefined) throw new Error('the broker has no process')
      process.kill(kafka.pid, name)
    }
    const { brokers } = kafka
    const sending = await stage.install({ brokers })
    // Small fetches, so that there is time to see it restore.
    const small = { kafka: { maxBytesPerPartition: 1024 } }
    const restoring = await stage.install({ brokers, partitions: 1 }, 'restore')
    stage.defer(async () => {
      signal('SIGCONT')
      return Promise.resolve()
    })
    const first = await restoring.start()
    await restoring.app.load(peopleOf('restored', restoredCount))
    const { contacts } = restoring.app.topics
    await first.until(
      'all are read',
      async () => (await recordCount(restoring.app, contacts)) >= restoredCount,
    )
    await first.terminate()
    const sender = await sending.start()
    await sending.app.load(peopleOf('waiting', waitingCount))
    await sender.until('contacts wait', async () => dirtyContacts(sender, waitingCount / 2))

    const standStill = async (): Promise<void> => {
      const second = await restoring.begin({ changes: small, port: Number(new URL(first.url).port) })
      await second.until(
        'it restores',
        async () => sumOf(await second.metrics(), 'zendesk_activation_restore_remaining_records') > 0,
      )
      signal('SIGSTOP')
    }
    let sent: Promise<void> | undefined
    await stage.show(restoring, {
      alerts: ['RestoreStalled (critical)', 'RestoreSlow (warning)'],
      cause: 'the broker stands still (SIGSTOP) while a task restores',
      async inject() {
        await standStill()
        sent = stage.show(sending, {
          alerts: ['NothingSent (critical)'],
          cause: 'the broker stands still (SIGSTOP) while contacts wait',
          inject: async () => Promise.resolve(),
        })
        // It is awaited later, and may fail before.
        sent.catch(() => undefined)
      },
      async end() {
        await sent
        signal('SIGCONT')
      },
    })
  },
}

async function dirtyContacts(program: Program, count: number): Promise<boolean> {
  return sumOf(await program.metrics(), 'zendesk_activation_dirty_contacts') >= count
}
