import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { codeOf } from './system-error.ts'

/**
 * What a file named by a `...File` option holds: an API token, a user name or password, or a PEM (certificates, key).
 */
export type SecretKind = 'token' | 'text' | 'pem'

/** The content of a secret file, or why it cannot be used in words that quote nothing of it. */
export type SecretFile =
  | { readonly type: 'secret'; readonly content: string }
  | { readonly type: 'unusable'; readonly reason: string }

const maxSecretBytes = 1_048_576

/**
 * Reads the secret in `file`, an absolute path, without the line end at its end. It is read again at each call, so that
 * a rotated secret is found. A secret of several lines, or a token that no HTTP header can carry, is unusable.
 */
export async function readSecretFile(file: string, kind: SecretKind): Promise<SecretFile> {
  try {
    const stats = await stat(file)
    if (!stats.isFile()) return unusable(`${file} is no file`)
    if (stats.size > maxSecretBytes) return unusable(`${file} is larger than ${maxSecretBytes} bytes`)
    const content = (await readFile(file, 'utf8')).replace(/[\r\n]+$/, '')
    const fault = findFault(content, kind)
    return fault === undefined ? { type: 'secret', content } : unusable(`${file} ${fault}`)
  } catch (error) {
    return unusable(await describeFailure(file, codeOf(error)))
  }
}

function unusable(reason: string): SecretFile {
  return { type: 'unusable', reason }
}

function findFault(content: string, kind: SecretKind): string | undefined {
  if (content.trim() === '') return 'is empty'
  if (kind === 'pem')
    return content.includes('-----BEGIN ') ? undefined : 'is no PEM file (no -----BEGIN line)'
  if (/[\r\n]/.test(content)) return 'holds more than one line'
  if (/\p{Cc}/u.test(content)) return 'holds a control character'
  return kind === 'text' || /^[\x21-\x7e]+$/.test(content)
    ? undefined
    : 'holds a space or another character that no bearer token has'
}

/** A name that does not exist may be the secret itself, written in the wrong place: only folders that exist are told. */
async function describeFailure(file: string, code: string): Promise<string> {
  const folder = await nearestFolder(path.dirname(file))
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      return `there is no such file; of its path only ${folder} exists`
    case 'EACCES':
      return `a file or folder below ${folder} must not be read by this user (${code})`
    default:
      return `a file below ${folder} cannot be read (${code})`
  }
}

async function nearestFolder(folder: string): Promise<string> {
  const parent = path.dirname(folder)
  if (parent === folder) return folder
  try {
    return (await stat(folder)).isDirectory() ? folder : await nearestFolder(parent)
  } catch (error) {
    codeOf(error)
    return nearestFolder(parent)
  }
}
