import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { SandboxError } from '../errors.ts'
import { sandboxFile } from '../paths.ts'
import { startGuarded } from '../process/guarded.ts'
import type { Progress } from '../progress.ts'
import { describeMaven, mavenStart, readMavenOutput, type MavenState } from './maven-output.ts'

/** A part that Maven brings: its name, and the folder of the sandbox whose pom.xml puts it into DIR/content. */
export interface Distribution {
  readonly name: string
  readonly pom: string
}

/** The broker's jars. */
export const kafkaDistribution: Distribution = { name: 'kafka', pom: 'kafka-dist/pom.xml' }

/** The registry's application. */
export const registryDistribution: Distribution = { name: 'registry', pom: 'registry-dist/pom.xml' }

/** What is needed besides the distribution itself. */
export interface DistributionOptions {
  readonly cacheDir: string
  readonly env: NodeJS.ProcessEnv
  readonly progress: Progress
  readonly signal?: AbortSignal | undefined
}

/** Where a distribution is or will be: another pom gets another directory. */
export async function distributionDir({ name, pom }: Distribution, cacheDir: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(sandboxFile(pom)))
    .digest('hex')
  return join(cacheDir, `${name}-${hash.slice(0, 12)}`)
}

/** Whether the distribution is in the cache, so that no Maven is needed. */
export async function isCached(distribution: Distribution, cacheDir: string): Promise<boolean> {
  return existsSync(await distributionDir(distribution, cacheDir))
}

/**
 * The directory of a distribution, loaded by Maven when it is not in the cache yet. A directory under its final name is
 * whole: Maven fills a directory of this process, which is then renamed, and whoever renames first wins. A `SandboxError`
 * carries the end of Maven's output.
 */
export async function ensureDistribution(
  wanted: Distribution,
  options: DistributionOptions,
): Promise<string> {
  const final = await distributionDir(wanted, options.cacheDir)
  if (existsSync(final)) return final
  const temporary = join(options.cacheDir, `.${wanted.name}-${process.pid}-${randomBytes(4).toString('hex')}`)
  await mkdir(temporary, { recursive: true })
  options.progress.say(`${wanted.name}: loading it with Maven, once, into ${final}`)
  await runMaven(wanted, options, temporary, async () => {
    const content = join(temporary, 'content')
    const files = await readdir(content).catch(() => [])
    if (files.length === 0)
      throw new SandboxError(`${wanted.name}: Maven succeeded but left nothing in ${content}`)
    await rename(content, final).catch((problem: unknown) => {
      // Another process was faster; its directory is as good.
      if (!existsSync(final)) throw problem
    })
  })
  return final
}

async function runMaven(
  wanted: Distribution,
  { env, progress, signal }: DistributionOptions,
  dir: string,
  whenDone: () => Promise<void>,
): Promise<void> {
  let state: MavenState = mavenStart
  const show = (): void => progress.update(wanted.name, `loading, ${describeMaven(state)} so far`)
  const maven = await startGuarded({
    command: 'mvn',
    // Not in batch mode, which is silent while a large file comes.
    args: ['-Dstyle.color=never', '-f', sandboxFile(wanted.pom), `-Dsandbox.dir=${dir}`, 'package'],
    cwd: dir,
    env,
    graceMs: 2_000,
    removeDir: dir,
    output: (text) => {
      state = readMavenOutput(state, text)
      show()
    },
    signal,
  })
  const timer = setInterval(show, 1_000)
  try {
    const status = await maven.exited
    if (signal?.aborted === true) throw new SandboxError(`${wanted.name}: interrupted while loading`)
    if (status !== 0) {
      // Only when the guard is gone has all of the output been read.
      await maven.stop()
      throw new SandboxError(describeFailure(wanted.name, state))
    }
    await whenDone()
    const loaded =
      state.files === 0 ? 'all of it was on this machine already' : `loaded ${describeMaven(state)}`
    progress.say(`${wanted.name}: ${loaded}`)
  } finally {
    clearInterval(timer)
    progress.done(wanted.name)
    await maven.stop()
  }
}

function describeFailure(name: string, { tail }: MavenState): string {
  const advice =
    'Check that Maven reaches its repository, or give the address of a running one in the environment.'
  return [
    `${name}: Maven could not load it. ${advice} The end of its output:`,
    ...tail.map((line) => `  ${line}`),
  ].join('\n')
}
