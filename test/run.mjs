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

/** The layers that need something of the machine, and how to learn why they cannot run here (undefined: they can). */
const needy = [
  {
    layer: 'integration',
    tests: 'tests on a real broker',
    async whyNot({ tsImport }) {
      const { missingProviders } = await tsImport('../sandbox/stack.ts', import.meta.url)
      return missingProviders()
    },
  },
  {
    layer: 'alerts',
    tests: 'tests of the alerts with promtool',
    async whyNot({ tsImport }) {
      const { findPromtool } = await tsImport('./support/promtool.ts', import.meta.url)
      const found = await findPromtool(process.env)
      return found.type === 'missing' ? found.why : undefined
    },
  },
]
const otherLayers = ['unit', 'topology', 'simulation', 'smoke']

/** The needy layers, each with why it cannot run here; without a reason where jest is asked for something itself. */
async function judgeLayers(words) {
  if (words.length > 0) return needy
  const loader = await import('tsx/esm/api')
  return Promise.all(needy.map(async (one) => ({ ...one, missing: await one.whyNot(loader) })))
}

/** Counts the tests of a layer, none of which runs: no name is that of a test. */
function countTests(layer) {
  const none = ['--selectProjects', layer, '--testNamePattern', '^no test$']
  return runJest(`left-out-${layer}`, none, { TEST_WITHOUT_STACK: '1' }, 'ignore')?.numPendingTests ?? 0
}

try {
  const words = process.argv.slice(2)
  const judged = await judgeLayers(words)
  const leftOut = judged.filter(({ missing }) => missing !== undefined)
  const present = judged.filter(({ missing }) => missing === undefined).map(({ layer }) => layer)
  const result = runJest(
    'report',
    leftOut.length === 0 ? words : ['--selectProjects', ...otherLayers, ...present],
  )
  const {
    numPassedTests = 0,
    numFailedTests = 1,
    numPendingTests = 0,
    numRuntimeErrorTestSuites = 0,
  } = result ?? {}
  let failed = numFailedTests + numRuntimeErrorTestSuites
  let skipped = numPendingTests
  for (const { layer, tests, missing } of leftOut) {
    const count = countTests(layer)
    console.log(`\n${missing}\n${count} ${tests} were left out (test/${layer}).`)
    skipped += count
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
