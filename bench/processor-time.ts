import { readFileSync } from 'node:fs'

/** Cores that processes used, by name, and how many of all cores were at work for whoever. Linux alone. */
export type UsedCores = Readonly<Record<string, number>>

const ticksPerSecond = 100

/** Begins to measure; what is returned gives the averages since then. A process without pid is left out. */
export function measureProcessors(pids: Readonly<Record<string, number | undefined>>): () => UsedCores {
  const processes = Object.entries(pids).flatMap(([name, pid]) => (pid === undefined ? [] : [{ name, pid }]))
  const read = (): ReadonlyMap<string, number> =>
    new Map([
      ...processes.map(({ name, pid }) => [name, processSeconds(pid)] as const),
      ['machine', machineSeconds()],
    ])
  const [before, startedMs] = [read(), performance.now()]
  return () => {
    const seconds = (performance.now() - startedMs) / 1000
    return Object.fromEntries(
      [...read()].map(([name, used]) => [
        name,
        Math.round(((used - (before.get(name) ?? 0)) / seconds) * 100) / 100,
      ]),
    )
  }
}

/** User and system time; the fields are counted behind the name, which may hold blanks. */
function processSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** All but idle time and waiting for disks. */
function machineSeconds(): number {
  const [user, nice, system, , , ...others] = (
    /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  )
    .split(' ')
    .map(Number)
  // The last two are of guests, and counted in user and nice.
  return (
    [user, nice, system, ...others.slice(0, -2)].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) /
    ticksPerSecond
  )
}
