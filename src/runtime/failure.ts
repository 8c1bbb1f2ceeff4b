/** `error` as an Error whose message says where it happened. */
export function failureAt(where: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  return new Error(`${where}: ${message}`, { cause: error })
}
