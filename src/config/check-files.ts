import path from 'node:path'

import type { Finding, Path } from './problems.ts'
import type { Options } from './schema.ts'
import { readSecretFile, type SecretKind } from './secret-file.ts'
import type { Lenient } from './structure.ts'

interface NamedFile {
  readonly path: Path
  readonly file: string | null | undefined
  readonly kind: SecretKind
}

/** Looks at every file that the options name, relative ones from `folder`. Neither names nor contents are told. */
export async function checkFiles(options: Lenient<Options>, folder: string): Promise<readonly Finding[]> {
  const findings = await Promise.all(
    listFiles(options).map(async ({ path: optionPath, file, kind }): Promise<readonly Finding[]> => {
      if (typeof file !== 'string') return []
      const secret = await readSecretFile(path.resolve(folder, file), kind)
      return secret.type === 'secret' ? [] : [{ path: optionPath, message: `${secret.reason}.` }]
    }),
  )
  return findings.flat()
}

function listFiles({
  kafka: { tls, sasl },
  schemaRegistry,
  zendesk,
}: Lenient<Options>): readonly NamedFile[] {
  return [
    { path: ['kafka', 'tls', 'caFile'], file: tls.caFile, kind: 'pem' },
    { path: ['kafka', 'tls', 'certFile'], file: tls.certFile, kind: 'pem' },
    { path: ['kafka', 'tls', 'keyFile'], file: tls.keyFile, kind: 'pem' },
    { path: ['kafka', 'sasl', 'usernameFile'], file: sasl.usernameFile, kind: 'text' },
    { path: ['kafka', 'sasl', 'passwordFile'], file: sasl.passwordFile, kind: 'text' },
    { path: ['kafka', 'sasl', 'tokenFile'], file: sasl.tokenFile, kind: 'token' },
    { path: ['schemaRegistry', 'usernameFile'], file: schemaRegistry.usernameFile, kind: 'text' },
    { path: ['schemaRegistry', 'passwordFile'], file: schemaRegistry.passwordFile, kind: 'text' },
    { path: ['zendesk', 'tokenFile'], file: zendesk.tokenFile, kind: 'token' },
  ]
}
