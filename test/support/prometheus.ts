import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'

import { cacheDirOf } from '../../sandbox/paths.ts'

/** Prometheus and its promtool, both of which answer, or why there are none. */
export type FoundPrometheus =
  | { readonly type: 'found'; readonly promtool: string; readonly server: string }
  | { readonly type: 'missing'; readonly why: string }

/** How a command ended and what it wrote, stdout first. */
export interface Ran {
  readonly ok: boolean
  readonly text: string
}

const commandTimeoutMs = 120_000
const promtoolInPackage = 'usr/bin/promtool'
const serverInPackage = 'usr/bin/prometheus'

/**
 * `promtool` and `prometheus` on the PATH, else those of the Debian package `prometheus`, unpacked without root into the
 * cache.
 *
 * The package and not a build from Prometheus' Go module: it takes seconds where the build takes some hundred modules and
 * many minutes of two cores, and apt checks its signature. What that costs is a version that is the distribution's (2.42 on
 * Debian 12) instead of ours; the rules use nothing newer.
 */
export async function findPrometheus(env: NodeJS.ProcessEnv): Promise<FoundPrometheus> {
  const folder = path.join(cacheDirOf(env), 'prometheus')
  const cached = {
    promtool: path.join(folder, promtoolInPackage),
    server: path.join(folder, serverInPackage),
  }
  for (const found of [{ promtool: 'promtool', server: 'prometheus' }, cached])
    if (await answer(found)) return { type: 'found', ...found }
  if (!(await run('apt-get', ['--version'])).ok)
    return {
      type: 'missing',
      why: 'there are no promtool and prometheus on the PATH, and no apt-get to have them from',
    }
  const why = await unpackPackage(folder)
  return why === undefined ? { type: 'found', ...cached } : { type: 'missing', why }
}

async function answer({ promtool, server }: { readonly promtool: string; readonly server: string }) {
  return (await run(promtool, ['--version'])).ok && (await run(server, ['--version'])).ok
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
      return `there are no promtool and prometheus on the PATH, and apt-get download prometheus failed:\n${lastLines(downloaded.text)}`
    const content = path.join(work, 'content')
    const unpacked = await run('dpkg', ['-x', path.join(work, archive), content])
    if (!unpacked.ok) return `the package prometheus cannot be unpacked:\n${lastLines(unpacked.text)}`
    await rename(content, folder).catch(async (error: unknown) => {
      if (!existsSync(path.join(folder, promtoolInPackage))) throw error
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
