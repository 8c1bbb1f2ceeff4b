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
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  ...extra,
})

// Kafka and the registry, once for all suites of a run; jest starts them only when one of these suites runs.
const onSharedStack = {
  globalSetup: '<rootDir>/test/support/stack-setup.mjs',
  globalTeardown: '<rootDir>/test/support/stack-teardown.mjs',
}

// Helm and the schemas of Kubernetes, built and fetched once.
const withChartTools = { globalSetup: '<rootDir>/test/chart/setup.mjs' }

export default {
  projects: [
    project('unit'),
    project('topology'),
    project('simulation'),
    project('integration', onSharedStack),
    project('smoke'),
    project('chart', withChartTools),
    project('alerts'),
  ],
  testTimeout: 120_000,
  // The suites start programs and servers of their own: more workers than two wait for each other on a small machine.
  maxWorkers: 2,
}
