import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Progress } from '../progress.ts'

/** What every way of starting a part is given. */
export interface PartContext {
  /** The port wanted; undefined takes a free one. */
  readonly port: number | undefined
  readonly env: NodeJS.ProcessEnv
  readonly cacheDir: string
  readonly progress: Progress
  readonly signal: AbortSignal | undefined
}

/** A part that a provider started, or found running. */
export interface StartedPart {
  readonly port: number
  /** Of the server's own process, where there is one on this machine. */
  readonly pid: number | undefined
  /** Settles, with the reason, when the part ends without having been asked to; never for one found running. */
  readonly died: Promise<string>
  /** Ends it and removes what it left; may be called often. */
  stop: () => Promise<void>
}

/** A new directory for one started part; its guard removes it. */
export async function createPartDir(part: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `sandbox-${part}-${process.pid}-`))
}
