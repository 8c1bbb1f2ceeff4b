import type { Disk } from './disk.ts'
import { createMachine, type MachinePorts } from './machine.ts'
import type { Fault, Plan } from './plan.ts'
import type { SimulatedProcess } from './process.ts'

/** A start, an end or a halt of a process, which makes the groups join again. Times in epoch milliseconds. */
export interface Turn {
  readonly atMs: number
  readonly what: string
}

/** The processes of a run, each with a machine of its own. */
export interface Fleet {
  /** Starts those of the plan, each at its time. */
  launch(): void
  /** Faults of processes and machines; others change nothing here. */
  suffer(fault: Fault): void
  /** Stops all processes; none starts before {@link Fleet.startAll}. */
  stopAll(): void
  startAll(): void
  running(): readonly SimulatedProcess[]
  disk(process: number): Disk
  readonly turns: readonly Turn[]
}

/** A fleet of which nothing runs yet. */
export function createFleet(
  plan: Pick<Plan, 'processes'>,
  ports: Omit<MachinePorts, 'turned' | 'mayStart'>,
): Fleet {
  const { scheduler } = ports
  const turns: Turn[] = []
  let isHeldDown = false
  const machines = plan.processes.map(({ skewMs }, index) =>
    createMachine(index, skewMs, {
      ...ports,
      turned: (what) => void turns.push({ atMs: scheduler.nowMs(), what }),
      mayStart: () => !isHeldDown,
    }),
  )

  return {
    launch() {
      for (const [index, { startMs }] of plan.processes.entries())
        scheduler.at(startMs, () => machines[index]?.start())
    },
    suffer(fault) {
      if ('process' in fault && fault.process !== null) machines[fault.process]?.suffer(fault)
    },
    stopAll() {
      isHeldDown = true
      for (const machine of machines) machine.stop(0)
    },
    startAll() {
      isHeldDown = false
      for (const machine of machines) machine.start()
    },
    running: () =>
      machines.flatMap((machine) => {
        const process = machine.process()
        return process === null ? [] : [process]
      }),
    disk(process) {
      const machine = machines[process]
      if (machine === undefined) throw new Error(`there is no machine ${process}`)
      return machine.disk
    },
    turns,
  }
}
