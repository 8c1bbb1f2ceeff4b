import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PartContext } from '../../sandbox/parts/options.ts'
import { silent } from '../../sandbox/progress.ts'

/** A directory in which small programs stand for servers, for Maven and for Docker, so that they can be made to fail. */
export interface ProgramHome {
  readonly dir: string
  /** Its PATH holds the commands that were added, Node.js and the system's own. */
  readonly context: PartContext
  /** Adds a command written in JavaScript, with `home` (this directory) and `fs` in scope. */
  addCommand: (name: string, body: string) => void
  /** The lines of a file that a program wrote here; none when it is not there. */
  linesOf: (name: string) => string[]
  remove: () => void
}

/** Makes a directory for programs; its cache starts empty. */
export function createProgramHome(): ProgramHome {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-programs-'))
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  const env = { PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter), HOME: dir }
  return {
    dir,
    context: { port: undefined, env, cacheDir: join(dir, 'cache'), progress: silent, signal: undefined },
    addCommand: (name, body) => {
      const scope = `const home = ${JSON.stringify(dir)}; const fs = require('node:fs')`
      writeFileSync(join(bin, name), `#!/usr/bin/env node\n${scope}\n${body}\n`)
      chmodSync(join(bin, name), 0o755)
    },
    linesOf: (name) => {
      const file = join(dir, name)
      return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** Waits until something holds; throws after `withinMs`, with its source. */
export async function until(holds: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${holds.toString()}`)
    await sleep(20)
  }
}

/** Whether a process exists; one that has ended but was not reaped yet does. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
