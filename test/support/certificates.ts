import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

/** PEM files of one authority and of what it signed; all end within a day. */
export interface Certificates {
  readonly caFile: string
  /** Key and certificate for 127.0.0.1 in one file, as Kafka's PEM stores have them. */
  readonly serverFile: string
  readonly client: { readonly certFile: string; readonly keyFile: string }
}

/** Makes them in `folder` with openssl, the client's for the common name `client`. */
export function createCertificates(folder: string, client: string): Certificates {
  const at = (name: string): string => path.join(folder, name)
  const openssl = (...words: readonly string[]): string =>
    execFileSync('openssl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const
  openssl('req', '-x509', '-days', '1', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=test authority') // prettier-ignore
  const sign = (name: string, subject: string, extension: string): { cert: string; key: string } => {
    writeFileSync(at(`${name}.ext`), `${extension}\n`)
    openssl('req', '-new', ...newKey, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', `/CN=${subject}`) // prettier-ignore
    const cert = openssl('x509', '-req', '-days', '1', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at(`${name}.ext`)) // prettier-ignore
    writeFileSync(at(`${name}.pem`), cert)
    return { cert, key: openssl('pkcs8', '-topk8', '-nocrypt', '-in', at(`${name}.key`)) }
  }
  const server = sign('server', 'localhost', 'subjectAltName=IP:127.0.0.1,DNS:localhost')
  writeFileSync(at('server-store.pem'), server.key + server.cert)
  sign('client', client, 'extendedKeyUsage=clientAuth')
  return {
    caFile: at('ca.pem'),
    serverFile: at('server-store.pem'),
    client: { certFile: at('client.pem'), keyFile: at('client.key') },
  }
}
