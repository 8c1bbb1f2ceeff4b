import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { copiesOf, readDockerfile, repository } from '../support/dockerfile.ts'

interface LockedPackage {
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}

const root = fileURLToPath(repository)
const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>
}
const production = Object.entries(lock.packages).filter(([place, { dev }]) => place !== '' && dev !== true)

/** The number that the image runs as; only root may take it on, anybody else is unprivileged already. */
const [, uid = '', gid = ''] =
  /USER (\d+):(\d+)/.exec(readFileSync(path.join(root, 'Dockerfile'), 'utf8')) ?? []
const unprivileged = process.getuid?.() === 0 ? { uid: Number(uid), gid: Number(gid) } : {}

let layout: string
beforeAll(async () => {
  layout = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-image-'))
  await chmod(layout, 0o755)
  await layOut(layout)
})
afterAll(async () => rm(layout, { recursive: true, force: true }))

/** What the Dockerfile's last stage copies, in `folder`: what is built and installed here stands in for its build stage. */
async function layOut(folder: string): Promise<void> {
  const image = readDockerfile().at(-1)
  if (image === undefined) throw new Error('the Dockerfile has no stage')
  for (const { sources, target, from } of copiesOf(image)) {
    for (const source of sources) {
      const name = from === null ? source.replace(/^\.\//, '') : path.basename(source)
      const place =
        sources.length > 1 || target === './' ? path.join(folder, target, name) : path.join(folder, target)
      if (name === 'node_modules') await copyProduction(folder)
      else await cp(path.join(root, name), place, { recursive: true })
    }
  }
}

/** The packages that `npm prune --omit=dev` leaves; those of other platforms are not here. */
async function copyProduction(folder: string): Promise<void> {
  for (const [place] of production) {
    if (!existsSync(path.join(root, place))) continue
    await mkdir(path.join(folder, place), { recursive: true })
    await cp(path.join(root, place), path.join(folder, place), {
      recursive: true,
      filter: (source) =>
        !path.relative(path.join(root, place), source).split(path.sep).includes('node_modules'),
    })
  }
}

async function node(...words: string[]): Promise<string> {
  const options = { cwd: layout, timeout: 60_000, env: { PATH: process.env['PATH'] }, ...unprivileged }
  return (await promisify(execFile)(process.execPath, words, options)).stdout
}

describe('what the image holds', () => {
  it('is enough for the program to start, as a user without rights', async () => {
    expect(await node('dist/main.js', '--help')).toMatch(/^Usage: zendesk-activation /)
  })

  it('is enough for every module of the program, and for the schemas that it reads at its start', async () => {
    const script = `
      const { readdirSync } = await import('node:fs')
      const files = readdirSync('dist', { recursive: true }).filter((file) => file.endsWith('.js') && file !== 'main.js')
      for (const file of files) await import(process.cwd() + '/dist/' + file)
      const { readContract } = await import(process.cwd() + '/dist/avro/contracts.js')
      const names = ['person', 'contact', 'ledger-entry', 'retry']
      const contracts = await Promise.all(names.map(async (name) => (await readContract(name)).type))
      console.log(JSON.stringify({ files: files.length, contracts }))`
    const { files, contracts } = JSON.parse(await node('--input-type=module', '-e', script)) as {
      files: number
      contracts: string[]
    }
    expect(files).toBeGreaterThan(50)
    expect(contracts).toEqual(['record', 'record', 'record', 'record'])
  })

  it('has native modules that work without an install script having run', async () => {
    const withScripts = production.filter(([, { hasInstallScript }]) => hasInstallScript === true)
    expect(withScripts.map(([place]) => place)).toEqual([
      'node_modules/classic-level',
      // Its script compares the versions of its dependants, and does nothing else.
      'node_modules/protobufjs',
    ])
    const built = path.join(root, 'node_modules/classic-level/build')
    expect(existsSync(built)).toBe(false)
    const script = `
      import { mkdtempSync, rmSync } from 'node:fs'
      import { tmpdir } from 'node:os'
      import { ClassicLevel } from 'classic-level'
      import snappy from 'snappy'
      import lz4 from 'lz4-napi'
      const folder = mkdtempSync(tmpdir() + '/level-')
      const store = new ClassicLevel(folder)
      await store.put('key', 'value')
      const stored = await store.get('key')
      await store.close()
      rmSync(folder, { recursive: true })
      const snapped = (await snappy.uncompress(await snappy.compress('text'))).toString()
      const lzed = (await lz4.decompressFrame(await lz4.compressFrame(Buffer.from('text')))).toString()
      console.log(JSON.stringify([stored, snapped, lzed]))`
    expect(JSON.parse(await node('--input-type=module', '-e', script))).toEqual(['value', 'text', 'text'])
  })
})
