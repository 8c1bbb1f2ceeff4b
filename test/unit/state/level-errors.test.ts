import { describe, expect, it } from '@jest/globals'
import { StoreCorrupt, StoreUnavailable } from '../../../src/runtime/state-store.ts'
import { storeError } from '../../../src/state/level-errors.ts'

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code })

// As the binding wraps what LevelDB says while it opens.
const whileOpening = (cause: Error): Error =>
  Object.assign(new Error('Database failed to open', { cause }), { code: 'LEVEL_DATABASE_NOT_OPEN' })

const file = '/state/3/000012.log'

describe('an error of a store on disk', () => {
  it.each([
    ['No space left on device', 'no space is left'],
    ['Disk quota exceeded', 'no space is left'],
    ['File too large', 'reached the limit'],
    ['Read-only file system', 'the volume is read-only'],
    ['Permission denied', 'access is denied'],
    ['Operation not permitted', 'access is denied'],
    ['Input/output error', 'the device fails'],
    ['I/O error', 'the device fails'],
    ['Too many open files', 'ulimit -n'],
    ['No file descriptors available', 'ulimit -n'],
    ['Not a directory', 'no directory'],
  ])('from LevelDB, "%s", is StoreUnavailable and says: %s', (text, remedy) => {
    for (const wrap of [whileOpening, (error: Error): Error => error]) {
      const error = storeError('/state/3', wrap(coded('LEVEL_IO_ERROR', `IO error: ${file}: ${text}`)))
      expect(error).toBeInstanceOf(StoreUnavailable)
      expect(String(error)).toContain(`/state/3 cannot be used: `)
      expect(String(error)).toContain(remedy)
    }
  })

  it.each(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENOTDIR', 'EEXIST'])(
    'from the system, %s, is StoreUnavailable',
    (code) => {
      expect(storeError('/state/3', coded(code, `${code}: some words, open`))).toBeInstanceOf(
        StoreUnavailable,
      )
    },
  )

  it.each([
    'IO error: lock /state/3/LOCK: Resource temporarily unavailable',
    'IO error: lock /state/3/LOCK: already held by process',
  ])('from the lock, "%s", is StoreUnavailable and says that another process is there', (message) => {
    const error = storeError('/state/3', whileOpening(coded('LEVEL_LOCKED', message)))
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(String(error)).toContain('/state/3 is in use by another process; stop it')
  })

  it.each([
    ['LEVEL_CORRUPTION', 'Corruption: corrupted key for someone@example.com'],
    ['', 'Corruption: corrupted compressed block contents'],
    ['LEVEL_IO_ERROR', 'IO error: /state/3/MANIFEST-000004: No such file or directory'],
    ['LEVEL_IO_ERROR', 'IO error: /state/3/000005.ldb: Invalid argument'],
  ])('that is a file other than it was, %s "%s", is StoreCorrupt and holds no key', (code, message) => {
    for (const given of [coded(code, message), whileOpening(coded(code, message))]) {
      const error = storeError('/state/3', given)
      expect(error).toBeInstanceOf(StoreCorrupt)
      expect(String(error)).toContain('/state/3 is damaged: ')
      expect(String(error)).not.toContain('@')
      expect(error).not.toHaveProperty('cause')
    }
  })

  it('that is none of these is passed through', () => {
    const unknown = coded('LEVEL_SOMETHING', 'No space left on device')
    for (const error of [unknown, new Error('the store is closed'), 'text', null]) {
      expect(storeError('/state/3', error)).toBe(error)
    }
  })
})
