import type { Operation } from '../../../sandbox/memory-kafka/link.ts'
import type { Dice } from './dice.ts'
import type { Answer, Fault } from './plan.ts'

/** What of the outside is in trouble now. */
export interface Trouble {
  /** A fault that lasts begins at `nowMs`. */
  begin(fault: Fault, nowMs: number): void
  /** All of it is over. */
  clear(): void
  isKafkaDown(process: number, nowMs: number): boolean
  /** How much longer a request takes than it does otherwise, in milliseconds. */
  delayMs(operation: Operation, nowMs: number): number
  /** True for a request whose answer gets lost. */
  losesAnswer(operation: Operation): boolean
  /** True for a commit that the group refuses. */
  refuses(operation: Operation): boolean
  answer(nowMs: number): Answer | null
  isRegistryDown(nowMs: number): boolean
}

type Lasting = Extract<Fault, { forMs: number }>

/** No trouble yet. */
export function createTrouble(dice: Dice): Trouble {
  let lasting: { readonly fault: Lasting; readonly untilMs: number }[] = []
  let lostAcknowledgements = 0
  let staleCommits = 0

  function of<T extends Lasting['type']>(type: T, nowMs: number): Extract<Lasting, { type: T }>[] {
    return lasting.flatMap(({ fault, untilMs }) =>
      fault.type === type && untilMs > nowMs ? [fault as Extract<Lasting, { type: T }>] : [],
    )
  }

  return {
    begin(fault, nowMs) {
      if (fault.type === 'lost acknowledgements') lostAcknowledgements += fault.count
      else if (fault.type === 'stale commits') staleCommits += fault.count
      else if ('forMs' in fault) lasting.push({ fault, untilMs: nowMs + fault.forMs })
    },
    clear() {
      lasting = []
      lostAcknowledgements = 0
      staleCommits = 0
    },
    isKafkaDown: (process, nowMs) =>
      of('outage', nowMs).some((fault) => fault.process === null || fault.process === process),
    delayMs: (operation, nowMs) =>
      Math.max(
        0,
        ...of('slow', nowMs)
          .filter((fault) => fault.operation === 'any' || fault.operation === operation.type)
          .map(({ latencyMs }) => dice.int(latencyMs / 2, latencyMs)),
      ),
    losesAnswer(operation) {
      if (operation.type !== 'produce' || lostAcknowledgements === 0) return false
      lostAcknowledgements -= 1
      return true
    },
    refuses(operation) {
      if (operation.type !== 'commit' || staleCommits === 0) return false
      staleCommits -= 1
      return true
    },
    answer(nowMs) {
      const [fault] = of('zendesk', nowMs)
      return fault !== undefined && dice.chance(fault.share) ? fault.answer : null
    },
    isRegistryDown: (nowMs) => of('registry', nowMs).length > 0,
  }
}
