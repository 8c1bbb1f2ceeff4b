import { BrokerError, BrokerUnreachable } from '../../../sandbox/memory-kafka/errors.ts'
import type { Link, Operation } from '../../../sandbox/memory-kafka/link.ts'
import type { Dice } from './dice.ts'
import type { Effect, Life } from './life.ts'
import type { Scheduler } from './scheduler.ts'
import type { Trouble } from './trouble.ts'

/** What lies between the processes and Kafka. */
export interface NetworkPorts {
  readonly scheduler: Scheduler
  readonly dice: Dice
  readonly trouble: Trouble
  /** The kind of effect that writing to a topic is. */
  effectOf(topic: string): Effect | null
  /** A request leaves its process. */
  sends(life: Life, operation: Operation): void
  /** Called while the broker carries a request out, before and after. */
  carriesOut(life: Life | null): void
}

/** How long it takes to find out that nobody answers. */
const connectMs = 1000
const noAnswerMs = 3000

/** The link of one process to Kafka. */
export function createNetworkLink(life: Life, ports: NetworkPorts): Link {
  const { scheduler, dice, trouble } = ports
  const isDown = (): boolean => trouble.isKafkaDown(life.index, scheduler.nowMs())
  const legMs = (operation: Operation): number =>
    dice.int(0, 3) + trouble.delayMs(operation, scheduler.nowMs()) / 2

  function kindOf(operation: Operation): Effect | null {
    if (operation.type === 'commit') return 'commit'
    return operation.type === 'produce' ? ports.effectOf(operation.topic) : null
  }

  /** What a handle does at once is this request's doing; what it waits for is not. */
  async function carryOut<T>(operation: Operation, handle: () => T | Promise<T>): Promise<T> {
    if (trouble.refuses(operation)) throw new BrokerError('ILLEGAL_GENERATION')
    ports.carriesOut(life)
    const answer = attempt(handle)
    ports.carriesOut(null)
    return answer
  }

  return async (operation, handle) =>
    new Promise((resolve, reject) => {
      if (life.isOver()) return
      const kind = kindOf(operation)
      const death = kind === null ? null : life.meets(kind)
      if (death === 'before') {
        life.end(`before ${String(kind)}`)
        return
      }
      ports.sends(life, operation)
      const nobody = (afterMs: number): void =>
        void life.later(afterMs, () => reject(new BrokerUnreachable('no broker answers')))
      if (isDown()) nobody(connectMs)
      else scheduler.at(legMs(operation), arrive)
      life.asked(operation.type)
      if (death === 'midway') life.end(`midway to ${String(kind)}`)

      function arrive(): void {
        if (isDown()) {
          nobody(noAnswerMs)
          return
        }
        const losesAnswer = trouble.losesAnswer(operation)
        carryOut(operation, handle).then(
          (answer) => {
            if (death === 'after') life.end(`after ${String(kind)}`)
            if (losesAnswer || isDown()) nobody(noAnswerMs)
            else life.later(legMs(operation), () => resolve(answer))
          },
          (error: unknown) =>
            void life.later(legMs(operation), () => {
              reject(error instanceof Error ? error : new Error(String(error)))
            }),
        )
      }
    })
}

/** Calls `handle` now, and rejects with what it throws. */
async function attempt<T>(handle: () => T | Promise<T>): Promise<T> {
  return handle()
}
