import type { ExitStatus } from '../../../sandbox/process/guarded.ts'
import { failpointsVariable } from '../../../src/cli/failpoints.ts'
import type { Application, ApplicationProgram } from '../application.ts'
import type { Changes } from '../configuration.ts'

/** One run of a program, from its start to its end. */
export interface Life {
  readonly member: string
  readonly program: ApplicationProgram
  readonly startedAtMs: number
  /** Epoch milliseconds; `null` while it runs. */
  endedAtMs: number | null
  /** True for an end that somebody asked for. */
  isEndExpected: boolean
}

/** A place in the group, with a state directory that survives its programs. */
export interface Member {
  readonly name: string
  /** The life that runs, or `null`. */
  life(): Life | null
  /** Where its stores are, once it was started. */
  stateDirectory(): string
  /** Starts it, over its own stores; `failpoint` is armed. Does not wait until it is ready. */
  start(failpoint?: string): Promise<Life>
  kill(): Promise<void>
  /** SIGTERM, and waits for the end, which must be a clean one. */
  terminate(): Promise<void>
  /** Waits for an end that was asked for by a failpoint; false where it does not come within `withinMs`. */
  diesWithin(withinMs: number): Promise<boolean>
}

/** Members of one group. */
export interface Fleet {
  readonly members: readonly Member[]
  running(): readonly Life[]
  /** All lives, those that have ended included. */
  lives(): readonly Life[]
  /** Ends that nobody asked for, and stops that were not clean. */
  accidents(): readonly string[]
}

/** Members with these names; `changesOf` gives each its configuration. None runs. */
export function createFleet(
  app: Application,
  names: readonly string[],
  changesOf: (name: string) => Changes = () => ({}),
): Fleet {
  const lives: Life[] = []
  const accidents: string[] = []

  function watch(life: Life): void {
    void life.program.exited.then((status) => {
      life.endedAtMs = Date.now()
      const log = life.program.output().trimEnd().split('\n').slice(-15).join('\n')
      const isFailpoint = status === 'SIGKILL' && /^failpoint .*: SIGKILL$/m.test(log)
      if (!life.isEndExpected && !isFailpoint) accidents.push(`${life.member} ended (${status}):\n${log}`)
    })
  }

  async function begin(name: string, stateDirectory: string, failpoint?: string): Promise<Life> {
    const program = await app.start({
      changes: changesOf(name),
      ...(stateDirectory === '' ? {} : { stateDirectory }),
      ...(failpoint === undefined ? {} : { env: { [failpointsVariable]: failpoint } }),
    })
    const life: Life = {
      member: name,
      program,
      startedAtMs: Date.now(),
      endedAtMs: null,
      isEndExpected: false,
    }
    lives.push(life)
    watch(life)
    return life
  }

  return {
    members: names.map((name) => createMember(name, begin, accidents)),
    running: () => lives.filter(({ endedAtMs }) => endedAtMs === null),
    lives: () => lives,
    accidents: () => accidents,
  }
}

function createMember(
  name: string,
  begin: (name: string, stateDirectory: string, failpoint?: string) => Promise<Life>,
  accidents: string[],
): Member {
  let last: Life | null = null
  const running = (): Life | null => (last?.endedAtMs === null ? last : null)

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<ExitStatus | null> {
    const life = running()
    if (life === null) return null
    life.isEndExpected = true
    if (signal === 'SIGTERM') return (await life.program.terminate()).status
    await life.program.kill()
    return 'SIGKILL'
  }

  return {
    name,
    life: running,
    stateDirectory: () => last?.program.stateDirectory ?? '',
    async start(failpoint) {
      last = await begin(name, last?.program.stateDirectory ?? '', failpoint)
      return last
    },
    async kill() {
      await end('SIGKILL')
    },
    async terminate() {
      const status = await end('SIGTERM')
      if (status !== null && status !== 0 && !wasKilledMeanwhile(last))
        accidents.push(`${name} did not stop cleanly (${status}): ${endOf(last)}`)
    },
    async diesWithin(withinMs) {
      const life = running()
      if (life === null) return true
      const timeout = new Promise<false>((resolve) => setTimeout(resolve, withinMs, false).unref())
      return Promise.race([life.program.exited.then(() => true), timeout])
    },
  }
}

/** A failpoint may be reached while it stops. */
function wasKilledMeanwhile(life: Life | null): boolean {
  return life !== null && /^failpoint .*: SIGKILL$/m.test(life.program.output())
}

function endOf(life: Life | null): string {
  return life?.program.output().trimEnd().split('\n').slice(-15).join('\n') ?? ''
}
