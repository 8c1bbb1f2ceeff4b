import { setTimeout as pause } from 'node:timers/promises'

/** How long a condition may take to come true where nothing else is said: generous, as two cores run all suites. */
const patienceMs = 45_000
const lookEveryMs = 25

/**
 * Waits until `holds`, and rejects with `what` after `withinMs`. Where `holds` rejects, the condition does not hold yet;
 * the reason is told if it never does.
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs: number = patienceMs,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs
  for (;;) {
    const answer = await askSafely(holds)
    if (answer === true) return
    const reason = answer === false ? '' : ` (${answer})`
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${what}${reason}`)
    await pause(lookEveryMs)
  }
}

/** The answer, or why there is none. */
async function askSafely(holds: () => boolean | Promise<boolean>): Promise<boolean | string> {
  try {
    return await holds()
  } catch (error) {
    return String(error)
  }
}
