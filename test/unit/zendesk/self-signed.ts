import { generateKeyPairSync, sign } from 'node:crypto'

/** ASN.1 in DER: tag, length, content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const lengthBytes =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content])
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
const ecdsaWithSha256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')))
const commonName = Buffer.from('550403', 'hex')
const nameOf = (host: string) =>
  sequence(der(0x31, sequence(der(0x06, commonName), der(0x0c, Buffer.from(host)))))
const utcTime = (text: string) => der(0x17, Buffer.from(text))

/** A key with its certificate; PEM. */
export interface SelfSigned {
  readonly key: string
  readonly cert: string
}

/** A fresh key and a certificate for `host` that it signed itself. No key has to be kept in the repository. */
export function createSelfSigned({ host = 'localhost', until = '491231235959Z' } = {}): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = nameOf(host)
  const toSign = sequence(
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(utcTime('200101000000Z'), utcTime(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign('sha256', toSign, privateKey)
  const bytes = sequence(toSign, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature))
  // OpenSSL takes no empty line at the end, which a break after every 64th character can make.
  const lines = (bytes.toString('base64').match(/.{1,64}/g) ?? []).join('\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}
