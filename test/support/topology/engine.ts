import { type Life, ProcessDied } from './faults.ts'
import { createProcess, type Process } from './process.ts'
import type { World } from './world.ts'

/** Runs one process after another through the world's time. */
export interface Engine {
  process(): Process
  /** Lets everything happen that can without time passing, a crash and the start after it included. */
  settle(): Promise<void>
  /** Lets time pass up to `untilMs`, and everything happen that does meanwhile. */
  runUntil(untilMs: number): Promise<void>
  /** Ends the process if it runs; after `ms`, in which Zendesk goes on, starts another. */
  startAfter(ms: number): Promise<void>
  /** Stops the process as on SIGTERM. */
  stop(): Promise<void>
  /** True where no contact is dirty and no request under way. */
  isQuiet(): boolean
}

/** An engine whose first process has just been started. */
export function createEngine(world: World): Engine {
  const { time, faults, zendesk, config } = world
  let life: Life = faults.startLife()
  let failure: Error | null = null
  let process = boot()

  function failed(error: unknown): void {
    if (error instanceof ProcessDied) return
    failure ??= error instanceof Error ? error : new Error(String(error))
  }

  function boot(): Process {
    const own = faults.startLife()
    life = own
    // Whatever a dead process still comes to, nobody hears of it.
    const heard = (error: unknown): void => (own.isOver() ? undefined : failed(error))
    const booted = createProcess(world, own, heard)
    booted.start().catch(heard)
    return booted
  }

  async function settle(): Promise<void> {
    for (;;) {
      await promisesSettled()
      if (failure !== null) throw failure
      if (life.isOver()) await startAfter(config.kafka.sessionTimeoutMs)
      else if (!process.poll()) return
    }
  }

  async function startAfter(ms: number): Promise<void> {
    process.kill()
    const untilMs = time.nowMs() + ms
    while ((time.nextTimerMs() ?? Infinity) <= untilMs) {
      time.fireNext()
      await promisesSettled()
    }
    time.moveTo(untilMs)
    process = boot()
    await settle()
  }

  return {
    process: () => process,
    settle,
    startAfter,
    async runUntil(untilMs: number) {
      await settle()
      while ((time.nextTimerMs() ?? Infinity) <= untilMs) {
        time.fireNext()
        await settle()
      }
      time.moveTo(untilMs)
      await settle()
    },
    async stop() {
      const stopped = process.stop().then(() => true, failed)
      const stillRunning = promisesSettled().then(() => false)
      const untilMs = time.nowMs() + config.shutdownTimeoutMs
      while ((await Promise.race([stopped, stillRunning])) === false && time.nowMs() < untilMs) {
        time.fireNext()
        await promisesSettled()
      }
    },
    isQuiet: () =>
      process.deliver.dirtyContacts() === 0 &&
      zendesk.requests.every(({ answeredMs }) => answeredMs !== null),
  }
}

/** Everything in memory is promises alone, so one turn of the event loop is enough for all of it. */
async function promisesSettled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
