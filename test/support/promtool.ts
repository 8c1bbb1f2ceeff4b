import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'

import { cacheDirOf } from '../../sandbox/paths.ts'

/** A promtool that answers, or why there is none. */
export type FoundPromtool =
  { readonly type: 'found'; readonly command: string } | { readonly type: 'missing'; readonly why: string }

/** How a command ended and what it wrote, stdout first. */
export interface Ran {
  readonly ok: boolean
  readonly text: string
}

const commandTimeoutMs = 120_000

/**
 * The `promtool` on the PATH, else the one of the Debian package `prometheus`, unpacked without root into the cache.
 *
 * The package and not a build from Prometheus' Go module: it takes seconds where the build takes some hundred modules and
 * many minutes of two cores, apt checks its signature, and the same package has the server. What that costs is a version
 * that is the distribution's (2.42 on Debian 12) instead of ours; the rules use nothing newer.
 */
export async function findPromtool(env: NodeJS.ProcessEnv): Promise<FoundPromtool> {
  const folder = path.join(cacheDirOf(env), 'prometheus')
  const cached = path.join(folder, 'usr/bin/promtool')
  for (const command of ['promtool', cached])
    if ((await run(command, ['--version'])).ok) return { type: 'found', command }
  if (!(await run('apt-get', ['--version'])).ok)
    return { type: 'missing', why: 'there is no promtool on the PATH, and no apt-get to have it from' }
  const why = await unpackPackage(folder)
  return why === undefined ? { type: 'found', command: cached } : { type: 'missing', why }
}

/** Runs a command to its end; not found, failed and too slow are all `ok: false`. */
export async function run(command: string, args: readonly string[], cwd?: string): Promise<Ran> {
  return await new Promise((resolve) => {
    const options = { cwd, timeout: commandTimeoutMs, maxBuffer: 64 * 1024 * 1024 }
    execFile(command, [...args], options, (error, stdout, stderr) => {
      resolve({ ok: error === null, text: `${stdout}${stderr}` })
    })
  })
}

/** Says why that was not possible. Two that do it at once do not see each other's half. */
async function unpackPackage(folder: string): Promise<string | undefined> {
  await mkdir(path.dirname(folder), { recursive: true })
  const work = await mkdtemp(`${folder}-`)
  try {
    const downloaded = await download(work)
    const archive = (await readdir(work)).find((file) => file.endsWith('.deb'))
    if (archive === undefined)
      return `there is no promtool on the PATH, and apt-get download prometheus failed:\n${lastLines(downloaded.text)}`
    const content = path.join(work, 'content')
    const unpacked = await run('dpkg', ['-x', path.join(work, archive), content])
    if (!unpacked.ok) return `the package prometheus cannot be unpacked:\n${lastLines(unpacked.text)}`
    await rename(content, folder).catch(async (error: unknown) => {
      if (!existsSync(path.join(folder, 'usr/bin/promtool'))) throw error
      return Promise.resolve()
    })
    return undefined
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function download(folder: string): Promise<Ran> {
  const first = await run('apt-get', ['download', 'prometheus'], folder)
  if (first.ok) return first
  // On a fresh machine the lists of packages are not there yet. Without root, somebody else has to fetch them.
  const updated = await run('apt-get', ['update'])
  return updated.ok ? run('apt-get', ['download', 'prometheus'], folder) : first
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join('\n')
}
