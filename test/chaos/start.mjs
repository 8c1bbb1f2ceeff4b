// The entry of `npm run chaos`: installs what is missing, then runs cli.ts as it is, in this process. As sandbox/start.mjs.
import { ensureInstalled, nodeProblem } from '../../sandbox/install.mjs'

function fail(message) {
  process.stderr.write(`chaos: ${message}\n`)
  process.exit(1)
}

const problem = nodeProblem(process.versions.node)
if (problem !== undefined) fail(problem)
try {
  await ensureInstalled()
} catch (error) {
  fail(error.message)
}
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('./cli.ts')
process.exit(await main(process.argv.slice(2)))
