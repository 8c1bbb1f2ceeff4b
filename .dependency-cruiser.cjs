// THINK ABOUT THE LAYERING BEFORE CHANGING THIS FILE. Dependencies point inward:
//   domain <- stages (assemble, deliver) <- topology <- runtime <- adapters <- cli, main
const adapters = ['kafka', 'avro', 'state', 'zendesk', 'telemetry', 'phone']
const only = (name, path, folder) => ({
  name,
  severity: 'error',
  comment: `${path} is used in ${folder} alone, so that it can be replaced there`,
  from: { path: '^src/', pathNot: folder },
  to: { path: `node_modules/${path}/` },
})

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'the domain imports nothing outside itself: pass data in, return data out',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'stages-know-the-domain-alone',
      severity: 'error',
      comment: 'a stage declares the ports it needs; adapters fit them structurally',
      from: { path: '^src/(assemble|deliver)/' },
      to: { pathNot: '^src/(domain|$1)/' },
    },
    {
      name: 'topology-knows-stages-and-domain',
      severity: 'error',
      from: { path: '^src/topology\\.ts$' },
      to: { pathNot: '^src/(domain|assemble|deliver)/' },
    },
    {
      name: 'runtime-knows-no-adapter',
      severity: 'error',
      comment: 'the runtime runs unchanged in the simulation: no package, no adapter',
      from: { path: '^src/runtime/' },
      to: { pathNot: '^src/(runtime|domain|assemble|deliver)/|^src/topology\\.ts$' },
    },
    ...adapters.map((adapter) => ({
      name: `${adapter}-knows-no-other-adapter`,
      severity: 'error',
      comment: 'one external system each; main.ts alone puts adapters together',
      from: { path: `^src/${adapter}/` },
      to: {
        path: `^src/(${adapters.filter((other) => other !== adapter).join('|')}|cli|config)/|^src/main\\.ts$`,
      },
    })),
    {
      name: 'config-stands-alone',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/', pathNot: '^src/(config|domain)/' },
    },
    { name: 'nobody-imports-main', severity: 'error', from: {}, to: { path: '^src/main\\.ts$' } },
    {
      name: 'product-knows-no-sandbox',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(sandbox|test|bench)/' },
    },
    only('kafkajs-stays-home', 'kafkajs', '^src/kafka/'),
    only('avsc-stays-home', 'avsc', '^src/avro/'),
    only('registry-client-stays-home', '@kafkajs/confluent-schema-registry', '^src/avro/'),
    only('libphonenumber-stays-home', 'libphonenumber-js', '^src/phone/'),
    only('undici-stays-home', 'undici', '^src/(zendesk|avro)/'),
    only('classic-level-stays-home', 'classic-level', '^src/state/'),
    only('codecs-stay-home', '(snappy|lz4-napi|zstddec)', '^src/kafka/'),
    only('prom-client-stays-home', 'prom-client', '^src/telemetry/'),
    only('pino-stays-home', 'pino', '^src/telemetry/'),
    only('zod-stays-home', 'zod', '^src/(config|zendesk)/'),
    {
      name: 'not-to-dev-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
}
