import type { MemoryKafka } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import { createAvroDecoder } from '../../../src/avro/decoder.ts'
import type { Config } from '../../../src/config/config.ts'
import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { Send } from '../../../src/domain/plan.ts'
import { createDice } from '../simulation/dice.ts'
import type { Life } from '../simulation/life.ts'
import { createMachine, type Machine } from '../simulation/machine.ts'
import { createNetworkLink } from '../simulation/network.ts'
import type { ProcessMetrics, ProcessWorld } from '../simulation/process.ts'
import type { Scheduler } from '../simulation/scheduler.ts'
import { createTrouble } from '../simulation/trouble.ts'
import type { Avro } from '../topology/avro.ts'

/** What the machines of a scenario share. */
export interface MachinesWorld {
  readonly scheduler: Scheduler
  readonly kafka: MemoryKafka
  readonly avro: Avro
  readonly partitions: number
  /** The configuration of the next process that starts. */
  config(): Config
  writeContact(life: Life, write: Send): Promise<WriteOutcome>
  readonly metrics: ProcessMetrics
  /** A process ended by itself. */
  failed(error: Error): void
}

/** `count` machines on which nothing runs. Nothing but time comes between them and Kafka, and timers are punctual. */
export function createMachines(count: number, world: MachinesWorld): readonly Machine[] {
  const { scheduler, avro } = world
  const network = {
    scheduler,
    dice: createDice(1, 'network'),
    trouble: createTrouble(createDice(1, 'trouble')),
    effectOf: () => null,
    sends: () => undefined,
    carriesOut: () => undefined,
  }
  const decoder = createAvroDecoder({
    registry: avro.registry,
    maxBytes: world.config().inputs.maxRecordBytes,
  })
  const timerDice = createDice(1, 'timers')
  const processWorld: ProcessWorld = {
    get config() {
      return world.config()
    },
    partitions: world.partitions,
    kafka: world.kafka,
    codecs: avro.codecs,
    dice: createDice(1, 'process'),
    linkOf: (life) => createNetworkLink(life, network),
    decode: async (bytes) => decoder.decode(bytes),
    storesOf: (stage, life) => machineAt(machines, life.index).disk.storesOf(stage, life),
    writeContact: async (life, write) => world.writeContact(life, write),
    failed(life, error) {
      world.failed(error)
      life.end('it failed')
    },
    parts: (parts) => parts,
    log: () => undefined,
    maxRecords: () => Infinity,
    metrics: world.metrics,
  }
  const machines = Array.from({ length: count }, (_, index) =>
    createMachine(index, 0, {
      scheduler,
      latenessMs: () => timerDice.int(0, 2),
      diskDice: createDice(index, 'disk'),
      turned: () => undefined,
      trace: () => undefined,
      stored: () => undefined,
      mayStart: () => true,
      world: processWorld,
    }),
  )
  return machines
}

/** The machine of this number. Throws where there is none. */
export function machineAt(machines: readonly Machine[], index: number): Machine {
  const machine = machines[index]
  if (machine === undefined) throw new Error(`there is no machine ${index}`)
  return machine
}
