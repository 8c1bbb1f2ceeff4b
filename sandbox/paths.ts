import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sandboxDir = fileURLToPath(new URL('.', import.meta.url))

/** Absolute path of a file that belongs to the sandbox, such as `kafka-dist/pom.xml`. */
export function sandboxFile(relativePath: string): string {
  return join(sandboxDir, relativePath)
}

/** Where downloads and the notes of running sandboxes are kept: `SANDBOX_CACHE`, else `.cache` in the repository. */
export function cacheDirOf(env: NodeJS.ProcessEnv): string {
  const given = env['SANDBOX_CACHE']
  return given === undefined || given === '' ? join(sandboxDir, '..', '.cache') : given
}
