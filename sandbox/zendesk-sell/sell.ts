import { defineCustomFields } from './custom-fields.ts'
import type { CustomFieldInput, CustomFields } from './custom-fields.ts'
import type { OperationContext } from './contacts.ts'
import { createFaultBoard } from './faults.ts'
import type { FaultBoard } from './faults.ts'
import { createRateLimiter } from './rate.ts'
import type { RateLimiter } from './rate.ts'
import { createRequestLog } from './request-log.ts'
import type { RequestLog } from './request-log.ts'
import { createContactStore } from './store.ts'
import type { ContactStore } from './store.ts'
import { initialSwitches, readSwitches } from './switches.ts'
import type { SellSwitches } from './switches.ts'
import { createTraffic } from './traffic.ts'
import type { Traffic } from './traffic.ts'

/** The two clocks, in ms: one that people read, one that never runs backwards. */
export interface Clock {
  readonly epochMs: () => number
  readonly monotonicMs: () => number
}

/** The whole state of one emulated account. */
export interface Sell {
  readonly clock: Clock
  readonly contacts: ContactStore
  readonly log: RequestLog
  readonly traffic: Traffic
  readonly faults: FaultBoard
  readonly ratePerSecond: number
  readonly newRequestId: () => string
  switches: SellSwitches
  customFields: CustomFields
  token: string
  limiter: RateLimiter
}

/** Settings of an account; see `startZendeskSell` for what each one means. */
export interface SellSettings {
  readonly clock: Clock
  readonly token: string
  readonly ratePerSecond: number
  readonly switches: Partial<SellSwitches>
  readonly customFields: readonly CustomFieldInput[]
  readonly logCapacity: number
  readonly newRequestId: () => string
}

// The token's user: creator and, unless a request says otherwise, owner of every contact.
const userId = 1

/** What is wrong with a token, or undefined: Sell's own clients insist on 64 characters without a blank. */
export function tokenProblem(token: string): string | undefined {
  if (/^\S{64}$/.test(token)) return undefined
  return `a token has exactly 64 characters and no blank; this one has ${token.length}`
}

function requireSettings({ token, ratePerSecond, switches, customFields }: SellSettings): CustomFields {
  const read = readSwitches(Object.entries(switches))
  const defined = defineCustomFields(customFields)
  const isRate = ratePerSecond === Infinity || (Number.isInteger(ratePerSecond) && ratePerSecond >= 0)
  const problems = [
    tokenProblem(token),
    ...(isRate ? [] : [`ratePerSecond must be a whole number or Infinity, not ${ratePerSecond}`]),
    ...(read.ok ? [] : read.problems),
    ...(defined.ok ? [] : defined.problems),
  ].filter((problem) => problem !== undefined)
  if (!defined.ok || problems.length > 0)
    throw new Error(`The Sell emulator cannot start: ${problems.join('; ')}`)
  return defined.fields
}

/** A new account without contacts. Throws with every problem of the settings. */
export function createSell(settings: SellSettings): Sell {
  const customFields = requireSettings(settings)
  return {
    clock: settings.clock,
    contacts: createContactStore(),
    log: createRequestLog(settings.logCapacity),
    traffic: createTraffic(),
    faults: createFaultBoard(),
    ratePerSecond: settings.ratePerSecond,
    newRequestId: settings.newRequestId,
    switches: { ...initialSwitches, ...settings.switches },
    customFields,
    token: settings.token,
    limiter: createRateLimiter(settings.ratePerSecond),
  }
}

/** Replaces the token: the old one is refused at once, the new one starts with an empty rate window. */
export function renewToken(sell: Sell, token: string): void {
  sell.token = token
  sell.limiter = createRateLimiter(sell.ratePerSecond)
  sell.faults.tokenRenewed()
}

/** What an operation at this moment works on. */
export function operationContext({ clock, contacts, customFields, switches }: Sell): OperationContext {
  return {
    store: contacts,
    customFields,
    switches,
    userId,
    nowMs: clock.monotonicMs(),
    epochMs: clock.epochMs(),
  }
}
