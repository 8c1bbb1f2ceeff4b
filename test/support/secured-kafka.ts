import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { ensureDistribution, kafkaDistribution } from '../../sandbox/parts/distribution.ts'
import { cacheDirOf } from '../../sandbox/paths.ts'
import { freePorts } from '../../sandbox/process/ports.ts'
import { silent } from '../../sandbox/progress.ts'
import { startKafka } from '../../sandbox/stack.ts'
import { type Certificates, createCertificates } from './certificates.ts'

const run = promisify(execFile)

/** A real broker that lets nobody do anything without an ACL, but its PLAINTEXT listener, which is for the tests themselves. */
export interface SecuredKafka {
  /** The PLAINTEXT listener: whoever comes here may do everything. */
  readonly brokers: readonly string[]
  /** SASL_SSL with PLAIN, SCRAM-SHA-512 and OAUTHBEARER (unsecured tokens). */
  readonly sasl: readonly string[]
  /** SSL that takes clients with a certificate of the authority alone; the common name is the user. */
  readonly mutualTls: readonly string[]
  readonly certificates: Certificates
  readonly folder: string
  stop(): Promise<void>
}

/** The users that the broker knows, each with the one password. */
export interface Users {
  readonly plain: string
  readonly scram: string
  readonly certificate: string
  /** Known to PLAIN too, and meant to have no rights. */
  readonly stranger: string
  readonly password: string
}

const modules = 'org.apache.kafka.common.security'

/** Starts it. Takes Java and openssl. */
export async function startSecuredKafka(users: Users): Promise<SecuredKafka> {
  const folder = mkdtempSync(path.join(tmpdir(), 'secured-kafka-'))
  const certificates = createCertificates(folder, users.certificate)
  const [sasl = 0, mutualTls = 0] = await freePorts(2)
  const kafka = await startKafka({
    extras: {
      listeners: {
        SECURE: { port: sasl, protocol: 'SASL_SSL' },
        MUTUAL: { port: mutualTls, protocol: 'SSL' },
      },
      settings: settingsOf(users, certificates),
    },
  })
  await addScramUser(kafka.brokers, users)
  return {
    brokers: kafka.brokers,
    sasl: [`127.0.0.1:${sasl}`],
    mutualTls: [`127.0.0.1:${mutualTls}`],
    certificates,
    folder,
    async stop() {
      await kafka.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function settingsOf(users: Users, { serverFile, caFile }: Certificates): Readonly<Record<string, string>> {
  const { plain, stranger, password } = users
  const passwords = [plain, stranger].map((user) => `user_${user}="${password}"`).join(' ')
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': 'User:ANONYMOUS',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.secure.plain.sasl.jaas.config': `${modules}.plain.PlainLoginModule required ${passwords};`,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': `${modules}.scram.ScramLoginModule required;`,
    'listener.name.secure.oauthbearer.sasl.jaas.config': `${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    // Sessions end with their tokens: the broker wants another one then.
    'listener.name.secure.oauthbearer.connections.max.reauth.ms': '3600000',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': serverFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
    'listener.name.mutual.ssl.client.auth': 'required',
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
  }
}

/** kafkajs cannot. */
async function addScramUser(brokers: readonly string[], { scram, password }: Users): Promise<void> {
  const cacheDir = cacheDirOf(process.env)
  const context = { port: undefined, progress: silent, env: process.env, cacheDir, signal: undefined }
  const libs = await ensureDistribution(kafkaDistribution, context)
  await run('java', [
    '-Xmx128m',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    path.join(libs, '*'),
    'kafka.admin.ConfigCommand',
    '--bootstrap-server',
    brokers.join(','),
    '--alter',
    '--add-config',
    `SCRAM-SHA-512=[password=${password}]`,
    '--entity-type',
    'users',
    '--entity-name',
    scram,
  ])
}

/** A token as Kafka's module for tests takes it: not signed, for `user`, and over in `livesMs`. */
export function unsecuredToken(user: string, livesMs: number): string {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url')
  const now = Date.now() / 1000
  return `${part({ alg: 'none' })}.${part({ sub: user, iat: now, exp: now + livesMs / 1000 })}.`
}
