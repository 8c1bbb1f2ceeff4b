import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { readSecretFile, type SecretKind } from '../../../src/config/secret-file.ts'
import { type ConfigFolder, createConfigFolder } from './config-folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = createConfigFolder()
})
afterAll(() => folder.remove())

describe('a secret file', () => {
  it.each<[string, SecretKind, string, string]>([
    ['a token and a line end', 'token', 'abc\n', 'abc'],
    ['a password with spaces and a Windows line end', 'text', ' a b\r\n', ' a b'],
    ['letters beyond ASCII', 'text', 'p\u00e4ss', 'p\u00e4ss'],
    [
      'a PEM of several lines',
      'pem',
      '-----BEGIN X-----\nA\n-----END X-----\n',
      '-----BEGIN X-----\nA\n-----END X-----',
    ],
  ])('with %s is read without its line end', async (_, kind, text, content) => {
    expect(await readSecretFile(folder.write('s', text), kind)).toEqual({ type: 'secret', content })
  })

  it.each<[string, SecretKind, string, string]>([
    ['nothing', 'token', '', 'is empty'],
    ['blanks', 'text', ' \n\n', 'is empty'],
    ['two lines', 'token', 'abc\nhunter2', 'holds more than one line'],
    ['a control character', 'text', 'hunter2\u0000', 'holds a control character'],
    ['a space', 'token', 'Bearer hunter2', 'holds a space or another character that no bearer token has'],
    [
      'a letter that no header can carry',
      'token',
      'hunter2\u00e4',
      'holds a space or another character that no bearer token has',
    ],
    ['no PEM', 'pem', 'hunter2', 'is no PEM file (no -----BEGIN line)'],
    ['too much', 'token', 'hunter2'.repeat(150_000), 'is larger than 1048576 bytes'],
  ])('with %s is unusable, and the reason quotes nothing of it', async (_, kind, text, fault) => {
    const file = folder.write('s', text)
    expect(await readSecretFile(file, kind)).toEqual({ type: 'unusable', reason: `${file} ${fault}` })
  })

  it('that is a folder is unusable', async () => {
    expect(await readSecretFile(folder.path, 'text')).toEqual({
      type: 'unusable',
      reason: `${folder.path} is no file`,
    })
  })

  it.each([
    ['in a folder that exists', 'secrets/hunter2'],
    ['in a folder that does not exist', 'secrets/hunter2/hunter2'],
    ['below a file', 'secrets/user/hunter2'],
    ['with a name that no file can have', `secrets/${'hunter2'.repeat(100)}`],
  ])('%s that does not exist: only the folder that does is told', async (_, name) => {
    const reason = `there is no such file; of its path only ${path.join(folder.path, 'secrets')} exists`
    expect(await readSecretFile(path.join(folder.path, name), 'token')).toEqual({ type: 'unusable', reason })
  })

  it('is read anew each time, so that a rotated secret is found', async () => {
    const file = folder.write('s', 'old')
    await readSecretFile(file, 'token')
    folder.write('s', 'new')
    expect(await readSecretFile(file, 'token')).toEqual({ type: 'secret', content: 'new' })
  })
})
