import { normaliseEmail } from '../domain/identity.ts'
import { planWrite } from '../domain/plan.ts'
import type { DeadLetterReason, SourceRecord } from '../domain/record.ts'
import { isSuperseded, type NextAttempt, type RetryPointer, type RetryRules } from '../domain/retry.ts'
import type { DeliverContext } from './context.ts'
import type { TakenContact } from './dirty-set.ts'
import { giveUpLook } from './look.ts'
import { recordExhaustion } from './outcome.ts'
import type { SendFailure } from './send-result.ts'
import type { StoreWrite } from './ports.ts'

/**
 * The durable side of what fails again and again: when such a contact is tried next, and how often it failed, is in the retry
 * topic, so that neither a restart nor another owner begins anew with it. A pointer is no work of its own. What is sent is the
 * dirty contact's current state, and a contact that is clean makes its pointer void.
 */
export interface Retries {
  /** Takes pointers in, in their order; `position` is stored with them. What waits for them waits in the dirty set. */
  receive(records: readonly SourceRecord[], position: readonly StoreWrite[]): Promise<void>
  /** Puts pointers of the past into the store. */
  restore(records: readonly SourceRecord[], position: readonly StoreWrite[]): Promise<void>
  /** Once all of the past is there, and what is dirty is marked: lets it wait for its time. */
  restored(): Promise<void>
  /** A contact that was taken failed to be sent. Where this rejects, it stays in flight: nothing was decided. */
  failed(taken: TakenContact, failure: SendFailure, next: NextAttempt): Promise<void>
}

type ReadPointer =
  | { readonly type: 'void'; readonly email: string }
  | { readonly type: 'pointer'; readonly email: string; readonly pointer: RetryPointer }
  | { readonly type: 'dead_letter'; readonly reason: DeadLetterReason }

const utf8 = new TextDecoder()

/** {@link Retries} of one task. */
export function createRetries(
  context: DeliverContext,
  rules: Pick<RetryRules, 'maxMs' | 'ambiguousHoldMs' | 'maxAttempts'>,
): Retries {
  const { ports, states, dirty } = context

  async function read({ key, value }: SourceRecord): Promise<ReadPointer> {
    const email = key === null ? undefined : normaliseEmail(utf8.decode(key))
    if (email === undefined) return poison('read', 'no-email-key', 'the key is no e-mail address')
    if (value === null) return { type: 'void', email }
    const decoded = await ports.retryCodec.read(value)
    if (decoded.type === 'undecodable') return poison('decode', decoded.reason, decoded.detail)
    if (decoded.value.email !== email)
      return poison('read', 'key-mismatch', 'the key is not the e-mail of the pointer')
    // Nobody's record makes the next attempt the last one: so many attempts would have been counted here.
    const attempt = Math.max(1, Math.min(decoded.value.attempt, rules.maxAttempts - 2))
    return { type: 'pointer', email, pointer: { ...decoded.value, attempt } }
  }

  /** True where the contact waits for its time now; false where there is nothing to wait for. */
  async function apply(pointer: RetryPointer): Promise<boolean> {
    const { email, attempt, notBeforeMs } = pointer
    const { desired, ledger } = await states.read(email)
    if (desired === null || isSuperseded(pointer, ledger)) return false
    if (planWrite(desired, ledger, ports.digest).type === 'none' && !dirty.isInFlight(email)) return false
    // Nobody's clock, and no record of somebody else, keeps a contact longer than the longest pause there is.
    const longestMs = Math.max(rules.maxMs, rules.ambiguousHoldMs)
    const restMs = Math.max(0, Math.min(notBeforeMs - ports.nowMs(), longestMs))
    dirty.postpone(email, context.monotonicMs() + restMs, attempt)
    return true
  }

  async function schedule(taken: TakenContact, { reason }: SendFailure, restMs: number): Promise<void> {
    const nowMs = ports.nowMs()
    const stored = await states.readRetry(taken.email)
    const before = stored === undefined ? undefined : await ports.retryCodec.read(stored)
    const pointer: RetryPointer = {
      email: taken.email,
      attempt: taken.attempt + 1,
      firstFailedAtMs: before?.type === 'decoded' ? before.value.firstFailedAtMs : nowMs,
      failedAtMs: nowMs,
      notBeforeMs: Math.ceil(nowMs + restMs),
      errorClass: reason,
    }
    await ports.produce([ports.retryRecord(taken.email, ports.retryCodec.encode(pointer))])
    ports.metrics.retry('scheduled')
  }

  return {
    async receive(records, position) {
      const pointers: Exclude<ReadPointer, { type: 'dead_letter' }>[] = []
      const deadLetters = []
      for (const record of records) {
        const result = await read(record)
        if (result.type === 'dead_letter') deadLetters.push(ports.deadLetter(record, result.reason))
        else pointers.push(result)
      }
      if (deadLetters.length > 0) await ports.produce(deadLetters)
      // One after another with what ends a send, which forgets the pointer: else one could come back after that.
      await context.serial(async () => {
        const writes: StoreWrite[] = []
        for (const read of pointers) {
          const waits = read.type === 'pointer' && (await apply(read.pointer))
          if (read.type === 'pointer' && !waits) ports.metrics.retry('superseded')
          writes.push(states.retryWrite(read.email, waits ? ports.retryCodec.encode(read.pointer) : null))
        }
        await ports.store.batch([...writes, ...position])
      })
    },
    async restore(records, position) {
      const results = await Promise.all(records.map(read))
      const writes = results.flatMap((result) => {
        if (result.type === 'dead_letter') return []
        const pointer = result.type === 'pointer' ? ports.retryCodec.encode(result.pointer) : null
        return [states.retryWrite(result.email, pointer)]
      })
      await ports.store.batch([...writes, ...position])
    },
    async restored() {
      const outdated: StoreWrite[] = []
      for await (const [email, value] of states.allRetries()) {
        const stored = await ports.retryCodec.read(value)
        if (stored.type !== 'decoded' || !(await apply(stored.value)))
          outdated.push(states.retryWrite(email, null))
      }
      if (outdated.length > 0) await ports.store.batch(outdated)
    },
    async failed(taken, failure, next) {
      if (next.type === 'give_up') {
        await giveUp(context, failure)
        return
      }
      if (next.type === 'schedule') await schedule(taken, failure, next.restMs)
      dirty.hold(taken, context.monotonicMs() + next.restMs, next.type === 'schedule' || next.counts)
    },
  }
}

async function giveUp(context: DeliverContext, failure: SendFailure): Promise<void> {
  const { planned } = failure
  if ('look' in planned) return giveUpLook(context, planned)
  await recordExhaustion(context, planned, failure)
  context.ports.metrics.retry('exhausted')
}

function poison(stage: DeadLetterReason['stage'], errorClass: string, detail: string): ReadPointer {
  return { type: 'dead_letter', reason: { disposition: 'poison', stage, errorClass, detail } }
}
