// `npm test [-- jest arguments]`: installs what is missing, builds, runs every layer and ends with one line of counts.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from '../sandbox/install.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
await ensureInstalled()

const run = (args, env = {}) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
    .status ?? 1

// The smoke tests run what is built, with plain node: Jest hides import errors that node has.
if (run(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']) !== 0) process.exit(1)

const folder = mkdtempSync(path.join(tmpdir(), 'zendesk-activation-test-'))
const report = path.join(folder, 'report.json')
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
]
const status = run([...jest, '--json', `--outputFile=${report}`, ...process.argv.slice(2)])

try {
  // Where the servers that the suites share cannot be started, jest has said why, and ends without a report.
  if (!existsSync(report)) {
    console.log('0 passed, 1 failed')
    process.exitCode = 1
  } else {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(report),
    )
    const failed = numFailedTests + numRuntimeErrorTestSuites
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''
    console.log(`${numPassedTests} passed, ${failed} failed${skipped}`)
    process.exitCode = status === 0 && failed === 0 && numPassedTests > 0 ? 0 : 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
