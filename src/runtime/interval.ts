import type { Clock } from './ports.ts'

/**
 * Runs `step` again and again, `intervalMs` after the last run ended, until the returned function is called. A step that
 * fails is reported and not repeated.
 */
export function every(
  clock: Clock,
  intervalMs: number,
  step: () => Promise<unknown>,
  failed: (error: unknown) => void,
): () => void {
  let cancelled = false
  let cancelTimer = (): void => undefined

  function schedule(): void {
    cancelTimer = clock.setTimer(intervalMs, () => {
      step().then(() => {
        if (!cancelled) schedule()
      }, failed)
    })
  }

  schedule()
  return () => {
    cancelled = true
    cancelTimer()
  }
}
