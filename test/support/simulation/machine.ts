import { createDisk, type Disk } from './disk.ts'
import type { Dice } from './dice.ts'
import { createLife, type Life } from './life.ts'
import type { Fault } from './plan.ts'
import { createSimulatedProcess, type ProcessWorld, type SimulatedProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** One machine, with a disk and one process after the other. */
export interface Machine {
  readonly disk: Disk
  /** The process that runs, `null` while none does. */
  process(): SimulatedProcess | null
  /** Starts a process, unless one runs. */
  start(): void
  /** Stops the process as on SIGTERM; it comes back `downMs` after its end. */
  stop(downMs: number): void
  /** A fault of the process or the machine; others change nothing. */
  suffer(fault: Fault): void
}

/** What a machine needs of its world. */
export interface MachinePorts {
  readonly scheduler: Scheduler
  /** How late the next timer fires. */
  latenessMs(): number
  readonly diskDice: Dice
  readonly world: ProcessWorld
  /** A process started, ended, or begins to stand still. */
  turned(what: string): void
  trace(what: string): void
  /** A process wrote to its store, under these keys. */
  stored(life: Life, keys: readonly string[]): void
  /** False while processes must not come back. */
  mayStart(): boolean
}

/** How a process comes back from its end. */
interface Return {
  readonly downMs: number
  /** True where the machine ended with it, which loses this share of what was not synced. */
  readonly machine: boolean
  readonly share: number
}

/** Like what ends a container that failed: it comes back by itself. */
const failed: Return = { downMs: 5000, machine: false, share: 0 }

/** A machine on which nothing runs. Its wall clocks are `skewMs` ahead of the world's. */
export function createMachine(index: number, skewMs: number, ports: MachinePorts): Machine {
  const { scheduler } = ports
  const disk = createDisk({
    dice: ports.diskDice,
    nowMs: () => scheduler.nowMs(),
    wrote(life, stage, partition, writes) {
      const keys = writes.map(({ key }) => key)
      ports.trace(`${life.name} stores ${stage}/${partition} ${keys.join()}`)
      ports.stored(life, keys)
    },
  })
  let process: SimulatedProcess | null = null
  let lives = 0
  let isStopping = false
  /** What is to come after the end that was asked for, and after the one that is waited for. */
  let next: Return | null = null
  let armed: Return | null = null

  function start(): void {
    if (process !== null || !ports.mayStart()) return
    lives += 1
    isStopping = false
    next = null
    const life = createLife(scheduler, {
      name: `p${index}.${lives}`,
      index,
      skewMs,
      latenessMs: () => ports.latenessMs(),
      froze: () => ports.turned('a process stood still'),
      ended,
    })
    ports.trace(`${life.name} starts`)
    ports.turned('a process started')
    process = createSimulatedProcess(ports.world, life)
    process.start()
  }

  function ended(reason: string): void {
    ports.trace(`p${index}.${lives} ends: ${reason}`)
    ports.turned('a process ended')
    process = null
    const { downMs, machine, share } = next ?? armed ?? failed
    armed = null
    if (machine) disk.loseUnsynced(share)
    scheduler.at(downMs, start)
  }

  function stop(downMs: number): void {
    if (process === null || isStopping) return
    isStopping = true
    next = { downMs, machine: false, share: 0 }
    void process.stop()
  }

  function crash(life: Life, fault: Extract<Fault, { type: 'crash' }>): void {
    next = fault
    life.end(fault.machine ? 'its machine crashed' : 'it crashed')
  }

  return {
    disk,
    process: () => process,
    start,
    stop,
    suffer(fault) {
      if (fault.type === 'store')
        disk.damage(fault.stage, fault.partition, fault.damage, scheduler.nowMs() + fault.forMs)
      if (process === null) return
      const { life } = process
      if (fault.type === 'crash') crash(life, fault)
      if (fault.type === 'stop') stop(fault.downMs)
      if (fault.type === 'freeze') life.freeze(fault.forMs)
      if (fault.type === 'freeze at') life.freezeAt(fault)
      if (fault.type !== 'crash at') return
      armed = fault
      life.dieAt(fault)
    },
  }
}
