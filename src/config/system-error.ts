/** The code of an error of the operating system (`ENOENT`). Anything else is a fault of the program and thrown again. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  if (typeof code === 'string') return code
  throw error
}
