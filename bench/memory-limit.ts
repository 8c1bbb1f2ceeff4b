import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Where control groups of memory are, and what their limit is called: of version 1, or of version 2. */
const hierarchies = [
  { folder: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { folder: '/sys/fs/cgroup', limit: 'memory.max' },
] as const

/**
 * Moves a process into a control group that may use `bytes` of memory, pages of files that it reads included. What it used
 * before stays counted where it was. Rejects where this user may not make control groups.
 */
export async function limitMemory(pid: number | undefined, bytes: number): Promise<void> {
  const hierarchy = hierarchies.find(({ folder }) => existsSync(folder))
  if (hierarchy === undefined) throw new Error('--limit-mb needs control groups: there is no /sys/fs/cgroup')
  const group = path.join(hierarchy.folder, 'zendesk-activation-bench')
  await mkdir(group, { recursive: true })
  await writeFile(path.join(group, hierarchy.limit), String(bytes))
  await writeFile(path.join(group, 'cgroup.procs'), String(pid))
}
