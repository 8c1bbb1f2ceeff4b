import { describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { sandboxFile } from '../../sandbox/paths.ts'

interface DemoRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Where nothing listens: the demo gets no further than its servers, so that it builds nothing while suites run. */
const nowhere = { SANDBOX_KAFKA_BROKERS: '127.0.0.1:2', SANDBOX_REGISTRY_URL: 'http://127.0.0.1:2' }

/** Runs the demo as `npm run demo -- ...words` does; `interrupted` sends it SIGTERM as soon as it says something. */
async function runDemo(words: readonly string[], interrupted = false): Promise<DemoRun> {
  return await new Promise((resolve) => {
    const child = spawn(process.execPath, [sandboxFile('start.mjs'), 'demo', ...words], {
      env: { ...process.env, ...nowhere, NODE_OPTIONS: '', NODE_ENV: undefined },
      timeout: 60_000,
      killSignal: 'SIGKILL',
    })
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => {
      said.stderr += chunk.toString()
      if (interrupted) child.kill('SIGTERM')
    })
    child.once('close', (code) => resolve({ code, ...said }))
  })
}

describe('npm run demo', () => {
  it('explains itself with --help and exits with 0', async () => {
    const run = await runDemo(['--help'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^npm run demo \[-- --exit\]/)
  })

  it('called wrongly exits with 2', async () => {
    const run = await runDemo(['--exit', '--colour'])
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(/Unknown option '--colour'/)
  })

  it.each([[['--exit']], [[]]])('exits with 1 where it cannot start: %j', async (words) => {
    const run = await runDemo(words)
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/SANDBOX_\w+ is (http:..)?127\.0\.0\.1:2, but it does not answer/)
  })

  it('with --exit does not exit with 0 when it is interrupted before it has compared anything', async () => {
    expect(await runDemo(['--exit'], true)).toMatchObject({ code: 1 })
  })
})
