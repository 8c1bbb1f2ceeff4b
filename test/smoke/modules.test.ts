import { describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import path from 'node:path'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The entry runs the command line when it is imported; the tests of the command line are its test. */
const entry = 'main'

const modules = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => name !== entry)
  .sort()

/** Imports each module in one plain node, and prints an object of those that fail, with the reason. */
const script = `
  const failures = {}
  for (const url of process.argv.slice(1)) {
    await import(url).catch((error) => { failures[url] = String(error) })
  }
  process.stdout.write(JSON.stringify(failures))`

// Jest hides import errors that node has: a named import that a CommonJS package does not give, a wrong specifier.
describe('the built modules', () => {
  it('can be imported with plain node, every one', async () => {
    const urls = modules.map((name) => pathToFileURL(path.join(root, 'dist', `${name}.js`)).href)
    const words = ['--input-type=module', '-e', script, ...urls]
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: root, timeout: 60_000 })
    expect(modules.length).toBeGreaterThan(50)
    expect(JSON.parse(stdout)).toEqual({})
  })
})
