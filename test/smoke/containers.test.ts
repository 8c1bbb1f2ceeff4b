import { describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

import { customFields } from '../../sandbox/demo/setup.ts'
import { sandboxFile } from '../../sandbox/paths.ts'
import { freePorts } from '../../sandbox/process/ports.ts'

const { services } = parse(readFileSync(sandboxFile('containers/compose.yaml'), 'utf8')) as {
  readonly services: Readonly<Record<string, { readonly command?: readonly string[] }>>
}

/** The command of a service, with the values of some options replaced. */
function commandOf(service: string, replaced: Readonly<Record<string, string>>): readonly string[] {
  const words = services[service]?.command ?? []
  return words.map((word, index) => replaced[words[index - 1] ?? ''] ?? word)
}

/** Runs a command of the sandbox as its image does; `seen` is called with each piece of stdout, and ends it by returning true. */
async function runSandbox(
  words: readonly string[],
  seen: (text: string) => Promise<boolean>,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  return await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [sandboxFile('start.mjs'), ...words], {
      cwd: sandboxFile('..'),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: undefined },
      timeout: 60_000,
      killSignal: 'SIGKILL',
    })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.stdout.on('data', (chunk: Buffer) => {
      seen(chunk.toString()).then((done) => {
        if (done) child.kill('SIGTERM')
      }, reject)
    })
    child.once('close', (code) => resolve({ code, stderr }))
  })
}

describe('the containers of the whole sandbox', () => {
  it('start an emulator that takes the token and has the fields of the sample', async () => {
    const [port = 0] = await freePorts(1)
    const words = commandOf('sell', { '--port': String(port), '--host': '127.0.0.1' })
    const token = readFileSync(sandboxFile('containers/config/token'), 'utf8').trim()
    let fields: unknown
    const { code } = await runSandbox(words, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/v2/contact/custom_fields`, {
        headers: { authorization: `Bearer ${token}`, 'user-agent': 'test', accept: 'application/json' },
      })
      fields = await answer.json()
      return true
    })
    expect(JSON.stringify(fields)).toContain('aep_vip_customers')
    for (const { name } of customFields) expect(JSON.stringify(fields)).toContain(name)
    expect(code).toBe(0)
  }, 60_000)

  it('load the sample with a command that there is, which fails, to be started again, while nothing answers', async () => {
    const words = commandOf('sample', { '--brokers': '127.0.0.1:2', '--registry': 'http://127.0.0.1:2' })
    const { code, stderr } = await runSandbox(words, async () => await Promise.resolve(false))
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('127.0.0.1:2') })
  }, 60_000)
})
