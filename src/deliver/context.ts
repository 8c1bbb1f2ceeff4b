import type { ContactStates } from './contact-state.ts'
import type { DirtySet } from './dirty-set.ts'
import type { DeliverPorts } from './ports.ts'
import type { Serial } from '../domain/serial.ts'
import type { StatusFields } from '../domain/urgency.ts'

/** What the deliver stage works with for one partition. */
export interface DeliverContext {
  readonly ports: DeliverPorts
  readonly states: ContactStates
  readonly dirty: DirtySet
  /**
   * Every read-decide-write of contact states runs through here. Without it a contact that changes back while its first
   * change is acknowledged would compare with the old ledger, look clean, and stay wrong for ever.
   */
  readonly serial: Serial
  /** True once the partition is lost: a late completion changes nothing any more. */
  isClosed(): boolean
  /** Where a contact says which audiences begin and end. */
  readonly statuses: StatusFields
  /** How long a contact rests after a write of which nobody knows how it ended. */
  readonly ambiguousHoldMs: number
  /** Monotonic milliseconds. */
  monotonicMs(): number
}
