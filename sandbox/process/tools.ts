import { execFile } from 'node:child_process'
import { join } from 'node:path'

/** A command's success and what it wrote, stdout first. */
export interface Answer {
  readonly ok: boolean
  readonly text: string
}

/** Runs a command that ends soon; not found, failed and too slow are all `ok: false`. */
export async function ask(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<Answer> {
  return await new Promise((resolve) => {
    execFile(
      command,
      [...args],
      { env, timeout: timeoutMs, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        resolve({ ok: error === null, text: `${stdout}${stderr}` })
      },
    )
  })
}

/** The feature version in the output of `java -version`: 17 for "17.0.15", 8 for "1.8.0_392". */
export function readJavaVersion(text: string): number | undefined {
  const found = /version "(?:1\.)?(\d+)/.exec(text)
  return found === null ? undefined : Number(found[1])
}

/** A Java that answers. */
export interface Java {
  readonly command: string
  readonly version: number
}

/** The newest of `$JAVA_HOME/bin/java` and the `java` on PATH; undefined when neither answers. */
export async function findJava(env: NodeJS.ProcessEnv): Promise<Java | undefined> {
  const home = env['JAVA_HOME']
  const commands = home === undefined || home === '' ? ['java'] : [join(home, 'bin', 'java'), 'java']
  const found = await Promise.all(
    commands.map(async (command) => ({
      command,
      version: readJavaVersion((await ask(command, ['-version'], env, 10_000)).text),
    })),
  )
  return found
    .flatMap(({ command, version }) => (version === undefined ? [] : [{ command, version }]))
    .reduce<Java | undefined>(
      (best, java) => (best === undefined || java.version > best.version ? java : best),
      undefined,
    )
}
