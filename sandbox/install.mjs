// Makes sure that node_modules is what package-lock.json says, so that a fresh clone needs one command only. It has to
// work before anything is installed: no dependencies.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const neededNode = [20, 19]

/**
 * What is wrong with a Node.js version, or undefined when it is 20.19 or newer.
 * @param {string} version such as `20.19.4`
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor, wantedMinor] = neededNode
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined
  return `this needs Node.js ${neededNode.join('.')} or newer, and this is ${version}`
}

/**
 * Whether an installation is the one that a lockfile describes. npm notes what it installed in a lockfile of its own
 * inside node_modules; packages that are optional (other platforms' binaries) may be absent.
 * @param {string} lockText text of package-lock.json
 * @param {string | undefined} installedText text of node_modules/.package-lock.json, if there is one
 */
export function isInstalled(lockText, installedText) {
  if (installedText === undefined) return false
  const wanted = JSON.parse(lockText).packages
  const installed = JSON.parse(installedText).packages
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional, peer }]) => {
    if (path === '') return true
    const found = installed[path]
    if (found === undefined) return Boolean(optional || devOptional || peer)
    return found.version === version && found.integrity === integrity
  })
}

/**
 * Installs what package-lock.json says when node_modules is missing or something else, with npm's own output on stderr.
 * Throws when npm fails or is not there, or when the lockfile does not fit package.json.
 *
 * It is `npm install --no-save` with a look at the result rather than `npm ci`: a registry that does not serve the
 * optional packages of other platforms leaves them out of the lockfile, and `npm ci` refuses such a lockfile.
 */
export async function ensureInstalled() {
  if (isComplete()) return
  process.stderr.write('sandbox: node_modules is not what package-lock.json says: running npm install\n')
  await new Promise((resolve, reject) => {
    // Its output belongs to stderr: stdout is for results.
    const options = { cwd: root, stdio: ['ignore', 2, 2] }
    const npm = spawn('npm', ['install', '--no-save', '--no-audit', '--no-fund'], options)
    npm.once('error', (error) => reject(new Error(`cannot run npm: ${error.message}`)))
    npm.once('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`npm install failed (${code ?? signal})`)),
    )
  })
  if (!isComplete())
    throw new Error('package-lock.json does not fit package.json: run npm install, and commit it')
}

function isComplete() {
  const lock = readIfThere(join(root, 'package-lock.json'))
  if (lock === undefined) throw new Error(`there is no package-lock.json in ${root}`)
  return isInstalled(lock, readIfThere(join(root, 'node_modules', '.package-lock.json')))
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
