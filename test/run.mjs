// `npm test [-- jest arguments]`: installs what is missing, builds, runs every layer and ends with one line of counts.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from '../sandbox/install.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
await ensureInstalled()

const run = (args, env = {}, stdio = 'inherit') =>
  spawnSync(process.execPath, args, { cwd: root, stdio, env: { ...process.env, ...env } }).status ?? 1

// The smoke tests run what is built, with plain node: Jest hides import errors that node has.
if (run(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']) !== 0) process.exit(1)

const folder = mkdtempSync(path.join(tmpdir(), 'zendesk-activation-test-'))
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
]

/** Runs jest; undefined where it ended without a report, as it does when the shared servers cannot be started. */
function runJest(name, words, env, stdio) {
  const report = path.join(folder, `${name}.json`)
  const status = run([...jest, '--json', `--outputFile=${report}`, ...words], env, stdio)
  return existsSync(report) ? { status, ...JSON.parse(readFileSync(report)) } : undefined
}

const realBrokerLayer = 'integration'

/** Why the layer on a real broker cannot run here; undefined where it can, or is not asked for. */
async function whyNoBroker(words) {
  if (words.length > 0) return undefined
  const { tsImport } = await import('tsx/esm/api')
  const { missingProviders } = await tsImport('../sandbox/stack.ts', import.meta.url)
  return missingProviders()
}

try {
  const words = process.argv.slice(2)
  const missing = await whyNoBroker(words)
  const layers = ['unit', 'topology', 'simulation', 'smoke']
  const result = runJest('report', missing === undefined ? words : ['--selectProjects', ...layers])
  const {
    numPassedTests = 0,
    numFailedTests = 1,
    numPendingTests = 0,
    numRuntimeErrorTestSuites = 0,
  } = result ?? {}
  let failed = numFailedTests + numRuntimeErrorTestSuites
  let skipped = numPendingTests
  if (missing !== undefined) {
    // No name is that of a test: all are found and none runs.
    const none = ['--selectProjects', realBrokerLayer, '--testNamePattern', '^no test$']
    const leftOut = runJest('left-out', none, { TEST_WITHOUT_STACK: '1' }, 'ignore')?.numPendingTests ?? 0
    console.log(`\n${missing}\n${leftOut} tests on a real broker were left out (test/${realBrokerLayer}).`)
    skipped += leftOut
    if (process.env.CI) {
      console.log('In CI that is a failure.')
      failed += 1
    }
  }
  console.log(`${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = result?.status === 0 && failed === 0 && numPassedTests > 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
