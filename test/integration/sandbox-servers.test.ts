import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startServer, type ServerKind } from '../../sandbox/parts/start-server.ts'
import { freePorts } from '../../sandbox/process/ports.ts'
import { createProgramHome, isAlive, until, type ProgramHome } from './sandbox-programs.ts'

let home: ProgramHome

beforeEach(() => {
  home = createProgramHome()
})

afterEach(() => {
  home.remove()
})

interface FakeServer {
  readonly kind: ServerKind
  /** The directory and the port of each attempt. */
  readonly attempts: { dir: string; port: number }[]
}

/** A server whose program is `body`, with `port` in scope; it is ready when it has written the file `ready`. */
function createFakeServer(body: string, deadlineMs = 10_000): FakeServer {
  const attempts: { dir: string; port: number }[] = []
  const plan = async (dir: string, [port = 0]: readonly number[]) => {
    attempts.push({ dir, port })
    const script = `const port = ${port}; const fs = require('node:fs'); ${body}`
    const ready = async () => await Promise.resolve(existsSync(join(dir, 'ready')))
    return await Promise.resolve({ command: process.execPath, args: ['-e', script], ready })
  }
  return { kind: { part: 'fake', ports: 1, deadlineMs, graceMs: 300, plan }, attempts }
}

const serve = "setInterval(() => undefined, 1000); fs.writeFileSync('ready', '');"

describe('a started server', () => {
  it('runs until it is stopped, and leaves neither process nor files', async () => {
    const { kind, attempts } = createFakeServer(serve)
    const server = await startServer(kind, home.context)
    expect(isAlive(server.pid ?? 0)).toBe(true)
    await server.stop()
    await server.stop()
    expect(isAlive(server.pid ?? 0)).toBe(false)
    expect(existsSync(attempts[0]?.dir ?? '')).toBe(false)
  })

  it('is killed when it takes no SIGTERM, a suspended one too', async () => {
    const { kind } = createFakeServer(`process.on('SIGTERM', () => undefined); ${serve}`)
    const deaf = await startServer(kind, home.context)
    await deaf.stop()
    expect(isAlive(deaf.pid ?? 0)).toBe(false)
    const suspended = await startServer(createFakeServer(serve).kind, home.context)
    process.kill(suspended.pid ?? 0, 'SIGSTOP')
    await suspended.stop()
    expect(isAlive(suspended.pid ?? 0)).toBe(false)
  })

  it('reports its own death, which a stop is not', async () => {
    const killed = await startServer(createFakeServer(serve).kind, home.context)
    process.kill(killed.pid ?? 0, 'SIGKILL')
    expect(await killed.died).toBe('was ended by SIGKILL')
    await killed.stop()
    const stopped = await startServer(createFakeServer(serve).kind, home.context)
    await stopped.stop()
    expect(await Promise.race([stopped.died, Promise.resolve('nothing')])).toBe('nothing')
  })

  it('takes its own children along', async () => {
    const child = "require('node:child_process').spawn('sleep', ['600'], { stdio: 'ignore' }).pid"
    const { kind, attempts } = createFakeServer(`fs.writeFileSync('child', String(${child})); ${serve}`)
    const server = await startServer(kind, home.context)
    const pid = Number(readFileSync(join(attempts[0]?.dir ?? '', 'child'), 'utf8'))
    expect(isAlive(pid)).toBe(true)
    await server.stop()
    await until(() => !isAlive(pid))
  })
})

describe('a killed guard', () => {
  it('takes its server along', async () => {
    const { kind, attempts } = createFakeServer(serve)
    const server = await startServer(kind, home.context)
    const guard = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(server.pid)], { encoding: 'utf8' }))
    process.kill(guard, 'SIGKILL')
    expect(await server.died).toBe('was ended by SIGKILL')
    await until(() => !isAlive(server.pid ?? 0))
    await server.stop()
    expect(existsSync(attempts[0]?.dir ?? '')).toBe(false)
  })
})

describe('a server that cannot be started', () => {
  it('is reported with the end of its log, and nothing is left', async () => {
    const { kind, attempts } = createFakeServer(
      "for (let line = 1; line <= 30; line += 1) console.error('line', line); process.exit(3)",
    )
    const start = startServer(kind, home.context)
    await expect(start).rejects.toThrow(
      'fake: it exited with code 3 while starting. The end of its log:\n  line 11\n',
    )
    await expect(start).rejects.toThrow(/line 30$/)
    expect(attempts).toHaveLength(1)
    expect(existsSync(attempts[0]?.dir ?? '')).toBe(false)
  })

  it('is tried on other ports when its port was taken meanwhile', async () => {
    const { kind, attempts } = createFakeServer(
      `const tried = ${JSON.stringify(join(home.dir, 'tried'))};
       if (fs.existsSync(tried)) { ${serve} }
       else { fs.writeFileSync(tried, ''); console.error('Address already in use'); process.exit(1) }`,
    )
    const server = await startServer(kind, home.context)
    expect(attempts).toHaveLength(2)
    expect(server.port).toBe(attempts[1]?.port)
    await server.stop()
  })

  it('is not tried for ever', async () => {
    const { kind, attempts } = createFakeServer(
      "console.error('Port 1 seems to be in use by another process'); process.exit(1)",
    )
    await expect(startServer(kind, home.context)).rejects.toThrow('exited with code 1')
    expect(attempts).toHaveLength(3)
  })

  it('is stopped when it does not answer in time', async () => {
    const { kind } = createFakeServer(
      `fs.writeFileSync(${JSON.stringify(join(home.dir, 'pid'))}, String(process.pid)); setInterval(() => undefined, 1000)`,
      500,
    )
    await expect(startServer(kind, home.context)).rejects.toThrow(
      'fake: it did not answer within 0.5 s. Its log is empty.',
    )
    expect(isAlive(Number(home.linesOf('pid')[0]))).toBe(false)
  })

  it('is stopped when its start is interrupted', async () => {
    const interrupt = new AbortController()
    const { kind, attempts } = createFakeServer(
      `fs.writeFileSync(${JSON.stringify(join(home.dir, 'pid'))}, String(process.pid)); setInterval(() => undefined, 1000)`,
    )
    const start = startServer(kind, { ...home.context, signal: interrupt.signal })
    const begun = until(() => home.linesOf('pid').length > 0).then(() => interrupt.abort())
    await expect(start).rejects.toThrow('fake: it')
    await begun
    expect(isAlive(Number(home.linesOf('pid')[0]))).toBe(false)
    expect(existsSync(attempts[0]?.dir ?? '')).toBe(false)
  })

  it('leaves no directory when it was interrupted before its program began', async () => {
    const { kind, attempts } = createFakeServer(serve)
    const start = startServer(kind, { ...home.context, signal: AbortSignal.abort() })
    await expect(start).rejects.toThrow('was not started: interrupted')
    expect(attempts.map(({ dir }) => existsSync(dir))).toEqual([false])
  })

  it('is not even begun on a port that was asked for and is in use', async () => {
    const [port = 0] = await freePorts(1)
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve))
    const { kind, attempts } = createFakeServer(serve)
    await expect(startServer(kind, { ...home.context, port })).rejects.toThrow(
      `fake: port ${port} of 127.0.0.1 is in use`,
    )
    expect(attempts).toEqual([])
    await new Promise((resolve) => squatter.close(resolve))
  })
})
