import { run } from '../../support/prometheus.ts'
import { sharedStack } from '../../support/application.ts'
import { damageStores } from '../../support/chaos/damage.ts'
import { emailOf, peopleOf } from '../../support/people.ts'
import { isQuiet } from '../../support/progress-in-kafka.ts'
import type { Program } from '../../support/program.ts'
import { createDice } from '../../support/simulation/dice.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import type { Scenario } from './scenario.ts'

/** Stores that cannot be written, and stores that are damaged. */
export const stores: Scenario = {
  name: 'stores',
  alerts: ['StoreUnavailable (critical)', 'TaskRestarts (warning)'],
  async run(stage) {
    const at = await stage.install()
    const { app } = at
    const program = await at.start()
    await app.load(peopleOf('early', 20))
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    await stage.show(at, {
      alerts: ['StoreUnavailable (critical)'],
      cause: 'no file of the program may grow (EFBIG), as on a full volume',
      async inject() {
        await limitFiles(program.pid, '0')
        await app.load(peopleOf('meanwhile', 20))
      },
      end: async () => limitFiles(program.pid, 'unlimited'),
    })
    await program.until('what waited is written', async () =>
      (await app.sell.contacts()).some(({ email }) => email === emailOf('meanwhile20')),
    )
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    await stage.show(at, {
      alerts: ['TaskRestarts (warning)'],
      cause: 'bytes of the stores are flipped while the process is down',
      async inject() {
        await program.kill()
        const damages = await damageStores(program.stateDirectory, createDice(1, 'stores'))
        if (damages.length === 0) throw new Error('there are no stores to damage')
        await at.restart(program)
      },
    })
  },
}

/** How large a file of a running process may become: the soft limit, which can be raised again. */
async function limitFiles(pid: number, bytes: string): Promise<void> {
  const { ok, text } = await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
  if (!ok) throw new Error(`prlimit (package util-linux) failed: ${text}`)
}

/** One of two processes stands still; then both are killed. */
export const stopped: Scenario = {
  name: 'stopped',
  alerts: ['Down (warning)', 'Down (critical)', 'PartitionsUnowned (critical)'],
  async run(stage) {
    const at = await stage.install()
    const [first, second] = [await at.start(), await at.start()]
    let programs: readonly Program[] = [first, second]
    await stage.show(at, {
      alerts: ['Down (warning)'],
      cause: 'one of two processes stands still (SIGSTOP)',
      async inject() {
        process.kill(first.pid, 'SIGSTOP')
        return Promise.resolve()
      },
      async end() {
        if (stage.isFiring(at, 'Down (critical)')) throw new Error('Down (critical) fires for one of two')
        process.kill(first.pid, 'SIGCONT')
        return Promise.resolve()
      },
    })
    await stage.show(at, {
      alerts: ['Down (critical)', 'PartitionsUnowned (critical)'],
      cause: 'both processes are killed (SIGKILL)',
      inject: async () => Promise.all([first.kill(), second.kill()]),
      end: async () => (programs = await Promise.all([at.restart(first), at.restart(second)])),
    })
    await stage.show(at, {
      alerts: ['Down (critical)'],
      cause: 'its targets are gone, as with no replicas',
      async inject() {
        await at.hide()
        await Promise.all(programs.map(async (program) => program.terminate()))
      },
    })
  },
}

/** A process waits at its start. */
export const starting: Scenario = {
  name: 'starting',
  alerts: ['NotReady (critical)', 'NotReady (warning)'],
  async run(stage) {
    const at = await stage.install()
    const registry = new URL(sharedStack().registryUrl)
    const proxy = await startTcpProxy(registry.hostname, Number(registry.port))
    stage.defer(async () => proxy.stop())
    registry.port = String(proxy.port)
    await proxy.cut()
    await stage.show(at, {
      alerts: ['NotReady (critical)', 'NotReady (warning)'],
      cause: 'the only process starts while the schema registry is down',
      inject: async () => at.begin({ changes: { schemaRegistry: { url: registry.href, timeoutMs: 1000 } } }),
      end: async () => proxy.mend(),
    })
  },
}

const restartCount = 3

/** A process dies again and again. */
export const restarts: Scenario = {
  name: 'restarts',
  alerts: ['Restarts (warning)'],
  async run(stage) {
    const at = await stage.install()
    let program = await at.start()
    const startTime = `process_start_time_seconds{namespace="${at.namespace}"}`
    await stage.untilFound(startTime)
    await stage.show(at, {
      alerts: ['Restarts (warning)'],
      cause: `the process is killed and started ${restartCount} times`,
      async inject() {
        for (let count = 1; count <= restartCount; count += 1) {
          await program.kill()
          program = await at.restart(program)
          await stage.untilFound(`changes(${startTime}[60s]) == ${count}`)
        }
      },
    })
  },
}
