import { spawnSync } from 'node:child_process'
import { root } from './promql/rules.ts'

/** Builds the program as `npm run build` does; throws with what the compiler says. */
export function buildProgram(): void {
  const tsc = `${root}/node_modules/typescript/bin/tsc`
  const built = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`)
}
