/** Runs steps one after another, in the order of the calls; a step that fails does not stop the next. */
export type Serial = <T>(step: () => Promise<T>) => Promise<T>

/** A new, empty {@link Serial}. */
export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve()
  return async function serially(step) {
    const result = last.then(step)
    last = result.catch(() => undefined)
    return result
  }
}
