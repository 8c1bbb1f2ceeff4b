import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureDistribution, kafkaDistribution } from '../../sandbox/parts/distribution.ts'
import { freePorts } from '../../sandbox/process/ports.ts'
import { startRegistry } from '../../sandbox/stack.ts'
import { createProgramHome, isAlive, until, type ProgramHome } from './sandbox-programs.ts'

let home: ProgramHome

beforeEach(() => {
  home = createProgramHome()
})

afterEach(() => {
  home.remove()
})

const fakeMaven = `
  const dir = process.argv.find((word) => word.startsWith('-Dsandbox.dir=')).slice('-Dsandbox.dir='.length)
  fs.appendFileSync(home + '/maven-runs', dir + '\\n')
  console.log('Downloaded from central: https://repository.example/a.jar (2.0 MB at 1 MB/s)')
  fs.mkdirSync(dir + '/content')
  fs.writeFileSync(dir + '/content/a.jar', dir)`

describe('the cache', () => {
  it('is filled by Maven once, whole, and leaves nothing else behind', async () => {
    home.addCommand('mvn', fakeMaven)
    const dir = await ensureDistribution(kafkaDistribution, home.context)
    expect(readdirSync(dir)).toEqual(['a.jar'])
    expect(await ensureDistribution(kafkaDistribution, home.context)).toBe(dir)
    expect(home.linesOf('maven-runs')).toHaveLength(1)
    expect(readdirSync(home.context.cacheDir)).toHaveLength(1)
  })

  it('takes no harm from two that fill it at the same time: the first stays', async () => {
    // Neither ends before both have begun.
    home.addCommand(
      'mvn',
      `${fakeMaven}
       const bothRun = () => fs.readFileSync(home + '/maven-runs', 'utf8').trim().split('\\n').length === 2
       const timer = setInterval(() => { if (bothRun()) clearInterval(timer) }, 10)`,
    )
    const dirs = await Promise.all([
      ensureDistribution(kafkaDistribution, home.context),
      ensureDistribution(kafkaDistribution, home.context),
    ])
    expect(dirs[0]).toBe(dirs[1])
    expect(home.linesOf('maven-runs')).toHaveLength(2)
    expect(home.linesOf('maven-runs')).toContain(readFileSync(join(dirs[0], 'a.jar'), 'utf8'))
    expect(readdirSync(home.context.cacheDir)).toHaveLength(1)
  })

  it('stays empty when Maven fails, whose last words are reported', async () => {
    home.addCommand('mvn', "console.log('[ERROR] no route to the repository'); process.exitCode = 1")
    const loading = ensureDistribution(kafkaDistribution, home.context)
    await expect(loading).rejects.toThrow('kafka: Maven could not load it.')
    await expect(loading).rejects.toThrow('  [ERROR] no route to the repository')
    expect(readdirSync(home.context.cacheDir)).toEqual([])
  })

  it('stays empty when the loading is interrupted, and Maven does not go on', async () => {
    home.addCommand(
      'mvn',
      "fs.writeFileSync(home + '/pid', String(process.pid)); setInterval(() => undefined, 1000)",
    )
    const interrupt = new AbortController()
    const loading = ensureDistribution(kafkaDistribution, { ...home.context, signal: interrupt.signal })
    const begun = until(() => home.linesOf('pid').length > 0).then(() => interrupt.abort())
    await expect(loading).rejects.toThrow('kafka: interrupted while loading')
    await begun
    expect(isAlive(Number(home.linesOf('pid')[0]))).toBe(false)
    expect(readdirSync(home.context.cacheDir)).toEqual([])
  })
})

describe('a part from Docker', () => {
  it('runs as a compose project of its own on a free port, and the project is taken down in the end', async () => {
    home.addCommand(
      'docker',
      `const words = process.argv.slice(2)
       fs.appendFileSync(home + '/docker-runs', words.filter((word) => !word.includes('/')).join(' ') + '\\n')
       if (words.includes('up')) {
         const port = Number(process.env.SANDBOX_PORT)
         require('node:http').createServer((request, response) => response.end('[]')).listen(port, '127.0.0.1')
       }`,
    )
    const registry = await startRegistry({ env: home.context.env })
    expect(registry).toMatchObject({
      provider: 'docker',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/apis/),
    })
    await registry.stop()
    const runs = home.linesOf('docker-runs')
    const project = /--project-name (\S+)/.exec(runs[2] ?? '')?.[1] ?? 'none'
    expect(runs).toEqual([
      'info',
      'compose version',
      `compose --project-name ${project} --file up --no-color --abort-on-container-exit --timeout 4 registry`,
      `compose --project-name ${project} --file down --volumes --timeout 4`,
    ])
  })
})

describe('a part that is given by its address', () => {
  it('is refused with the address and the reason when it does not answer', async () => {
    const [port = 0] = await freePorts(1)
    const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
    await expect(startRegistry({ env: { SANDBOX_REGISTRY_URL: url } })).rejects.toThrow(
      `registry: SANDBOX_REGISTRY_URL is ${url}, but it does not answer: connect ECONNREFUSED 127.0.0.1:${port}`,
    )
  }, 20_000)
})
