import { seconds } from '../../support/chaos/table.ts'
import { textProblems } from './answers.ts'
import type { Shown } from './verdict.ts'
import type { Watch } from './watch.ts'

/** A cause, and the alerts that it is to fire. */
export interface Showing {
  readonly namespace: string
  /** As `alertKey` writes them. */
  readonly alerts: readonly string[]
  /** In words. */
  readonly cause: string
  readonly inject: () => Promise<unknown>
  /** How long the alerts may take; a minute and a half when absent. */
  readonly withinMs?: number
  /** Ends the cause; where absent, the end of the alerts is not waited for. */
  readonly end?: () => Promise<unknown>
}

const usualWithinMs = 90_000

/** Injects a cause, waits for its alerts, ends the cause and waits for their end; prints one line for each of that. */
export async function show(
  { namespace, alerts, cause, inject, withinMs = usualWithinMs, end }: Showing,
  watch: Watch,
  print: (line: string) => void,
): Promise<readonly Shown[]> {
  const early = alerts.filter((key) => watch.firing(namespace, key) !== undefined)
  const injectedAtMs = performance.now()
  await inject()
  const shown = await Promise.all(
    alerts.map(async (key) => {
      const fired = await untilFired(namespace, key, injectedAtMs + withinMs, watch)
      const firedAfterMs = fired === null ? null : performance.now() - injectedAtMs
      const said = fired?.annotations['description'] ?? ''
      const problems = [
        ...(early.includes(key) ? ['it fired before its cause'] : []),
        ...(fired === null ? [] : textProblems(fired)),
      ]
      const after = firedAfterMs === null ? `DID NOT FIRE in ${seconds(withinMs)}` : seconds(firedAfterMs)
      print(`${key}: ${after}, ${cause}${said === '' ? '' : `: "${said}"`}`)
      return { key, cause, firedAfterMs, said, problems }
    }),
  )
  if (end === undefined) return shown
  const endedAtMs = performance.now()
  await end()
  return Promise.all(
    shown.map(async (one) => {
      if (one.firedAfterMs === null) return one
      const left = endedAtMs + withinMs - performance.now()
      const isOver = await watch.until(() => watch.firing(namespace, one.key) === undefined, left)
      const endedAfterMs = isOver ? performance.now() - endedAtMs : null
      print(`${one.key}: ${isOver ? `ended ${seconds(endedAfterMs ?? 0)} after its cause` : 'DID NOT END'}`)
      return { ...one, endedAfterMs }
    }),
  )
}

async function untilFired(namespace: string, key: string, deadlineMs: number, watch: Watch) {
  const find = () => watch.firing(namespace, key)
  await watch.until(() => find() !== undefined, deadlineMs - performance.now())
  return find() ?? null
}
