import { LeaseLost, type TaskFailureReason } from './ports.ts'
import { StoreCorrupt, StoreUnavailable } from './state-store.ts'

/**
 * Why a task failed, where it can begin anew from its store and changelog; `null` for an error that nobody expects, which
 * must end the process. `isTransient` is true for errors which say that something outside is down.
 */
export function failureReason(
  error: unknown,
  isTransient: (error: unknown) => boolean,
): TaskFailureReason | null {
  if (error instanceof LeaseLost) return 'lease_lost'
  if (error instanceof StoreCorrupt) return 'store_corrupt'
  if (error instanceof StoreUnavailable) return 'store_unavailable'
  return isTransient(error) ? 'outage' : null
}
