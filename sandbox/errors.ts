import { types } from 'node:util'

/** A failure whose message says what was found and what to do; shown without a stack. Everything else is a defect. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  // Errors of Node's own modules are no `instanceof Error` inside a test runner's context.
  return types.isNativeError(thrown) ? thrown.message : String(thrown)
}
