// Every layer runs as real ES modules (`npm test` sets --experimental-vm-modules), as Node itself loads them.
const project = (name, extra = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  injectGlobals: false,
  restoreMocks: true,
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  ...extra,
})

export default {
  projects: [project('unit'), project('topology'), project('integration'), project('smoke')],
  testTimeout: 120_000,
}
