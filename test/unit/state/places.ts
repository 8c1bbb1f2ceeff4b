import { afterAll } from '@jest/globals'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { codeOf } from '../../../src/state/error-code.ts'

/** Names for directories, below one that every user may enter and that is removed after the tests of the calling file. */
export function createPlaces(): () => string {
  const root = mkdtempSync(path.join(tmpdir(), 'stores-'))
  chmodSync(root, 0o755)
  let made = 0
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  return () => path.join(root, String((made += 1)))
}

const NOBODY = 65_534

/** Does something as a user whom permissions apply to: they do not to root, as whom tests run in containers. */
export async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  const user = process.geteuid?.()
  if (user === 0) becomeIfAllowed(NOBODY)
  try {
    return await work()
  } finally {
    if (user === 0) becomeIfAllowed(user)
  }
}

// A root that may not become another user has lost what makes it root: permissions apply to it.
function becomeIfAllowed(user: number): void {
  try {
    process.seteuid?.(user)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error
  }
}
