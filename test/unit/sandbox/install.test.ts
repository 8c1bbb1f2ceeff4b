import { describe, expect, it } from '@jest/globals'
import { isInstalled, nodeProblem } from '../../../sandbox/install.mjs'

const packages = {
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/a/node_modules/b': { version: '2.0.0', integrity: 'sha512-b' },
  'node_modules/other-platform': { version: '3.0.0', integrity: 'sha512-c', optional: true },
}
const lock = JSON.stringify({ packages: { '': { version: '0.1.0' }, ...packages } })

function installedWith(changes: Record<string, unknown>): string {
  return JSON.stringify({ packages: { ...packages, ...changes } })
}

describe('an installation', () => {
  it.each([
    { name: 'the same packages', installed: installedWith({}), complete: true },
    {
      name: "all but another platform's package",
      installed: installedWith({ 'node_modules/other-platform': undefined }),
      complete: true,
    },
    { name: 'nothing', installed: undefined, complete: false },
    { name: 'a package less', installed: installedWith({ 'node_modules/a': undefined }), complete: false },
    {
      name: 'another version',
      installed: installedWith({ 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }),
      complete: false,
    },
    {
      name: 'another content under the same version',
      installed: installedWith({ 'node_modules/a': { version: '1.0.0', integrity: 'sha512-z' } }),
      complete: false,
    },
  ])('with $name is complete: $complete', ({ installed, complete }) => {
    expect(isInstalled(lock, installed)).toBe(complete)
  })
})

describe('the Node.js version', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('%s is enough', (version) => {
    expect(nodeProblem(version)).toBeUndefined()
  })

  it.each(['18.20.0', '20.18.3', '20.9.0'])('%s is refused by name', (version) => {
    expect(nodeProblem(version)).toBe(`this needs Node.js 20.19 or newer, and this is ${version}`)
  })
})
