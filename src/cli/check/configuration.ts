import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../../config/config.ts'
import type { Problem as ConfigProblem } from '../../config/problems.ts'
import { codeOf } from '../../config/system-error.ts'
import type { Finding } from './finding.ts'

/** What is wrong with a configuration file, and that nothing else could be checked. */
export function describeInvalid(problems: readonly ConfigProblem[]): readonly Finding[] {
  const told = problems.map(({ file, line, path: option, message }): Finding => {
    const place = line === null ? file : `${file}:${line}`
    const subject = option === '' ? place : `${place}  ${option}`
    return { area: 'configuration', level: 'problem', subject, message }
  })
  const message = 'not checked, since the configuration does not say where they are.'
  return [
    ...told,
    { area: 'configuration', level: 'warning', subject: 'Kafka, schema registry and Zendesk', message },
  ]
}

/** What is to be said of a valid configuration in the light of this machine. Writes nothing. */
export async function checkMachine(configFile: string, { state }: Config): Promise<readonly Finding[]> {
  const valid: Finding = {
    area: 'configuration',
    level: 'ok',
    subject: configFile,
    message: 'is valid.',
  }
  if (state.store === 'memory') return [valid]
  const fault = await findDirectoryFault(state.directory)
  if (fault === null) return [valid]
  const message = `${fault} Name a directory that this user may write, such as that of a volume.`
  return [valid, { area: 'configuration', level: 'problem', subject: 'state.directory', message }]
}

/** Why `directory` cannot be written or made, or `null`. */
async function findDirectoryFault(directory: string): Promise<string | null> {
  try {
    if (!(await stat(directory)).isDirectory()) return `${directory} is no directory.`
    await access(directory, constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    const code = codeOf(error)
    const parent = path.dirname(directory)
    // The program makes what is missing.
    if (code === 'ENOENT' && parent !== directory) return findDirectoryFault(parent)
    return code === 'ENOTDIR'
      ? `a part of ${directory} is a file.`
      : `${directory} cannot be written (${code}).`
  }
}
