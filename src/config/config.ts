import path from 'node:path'

import type { Audience } from '../domain/audience.ts'
import type { FieldMapping } from '../domain/mapping.ts'
import { namespaceOf } from './check-mapping.ts'
import type { Options } from './schema.ts'

/** TLS towards Kafka. Files are absolute and were readable when the configuration was loaded. */
export interface KafkaTls {
  /** Authorities to trust, or `null` for those of the system. */
  readonly caFile: string | null
  /** Both for mutual TLS, or `null`. */
  readonly client: { readonly certFile: string; readonly keyFile: string } | null
}

/** Absolute names of the files that hold a user name and a password. */
export interface CredentialFiles {
  readonly usernameFile: string
  readonly passwordFile: string
}

/** SASL towards Kafka. `tokenFile` is absolute, and another token is in it from time to time. */
export type KafkaSasl =
  | (CredentialFiles & {
      readonly mechanism: Exclude<Options['kafka']['sasl']['mechanism'], 'none' | 'oauthbearer'>
    })
  | { readonly mechanism: 'oauthbearer'; readonly tokenFile: string }

/** An audience with what people call it. */
export interface NamedAudience extends Audience {
  readonly name: string | null
  readonly description: string | null
}

/** `T` in which nothing can be changed. */
export type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T

/**
 * A valid configuration: the options of the file with their defaults (meanings and units: `config/reference.yaml`), and
 * in place of what the domain takes, values for the domain. Frozen. Holds the names of secret files, never secrets.
 */
export type Config = DeepReadonly<
  Omit<Options, 'kafka' | 'schemaRegistry' | 'mapping' | 'audiences'> & {
    kafka: Omit<Options['kafka'], 'tls' | 'sasl'> & { tls: KafkaTls | null; sasl: KafkaSasl | null }
    schemaRegistry: Omit<Options['schemaRegistry'], 'usernameFile' | 'passwordFile'> & {
      credentials: CredentialFiles | null
    }
    /** From the source of the mapping row with the target `email`. */
    identityNamespace: string
    /** Every row of the mapping but the one with the target `email`. */
    fieldMappings: readonly FieldMapping[]
    audiences: readonly NamedAudience[]
  }
>

/** The configuration that valid `options` make; relative file names start at `folder`. */
export function buildConfig(options: Options, folder: string): Config {
  const { mapping, audiences, kafka, schemaRegistry, zendesk, state, ...others } = options
  const { usernameFile, passwordFile, ...registry } = schemaRegistry
  const absolute = (file: string): string => path.resolve(folder, file)
  return deepFreeze({
    ...others,
    kafka: { ...kafka, tls: buildTls(kafka.tls, absolute), sasl: buildSasl(kafka.sasl, absolute) },
    schemaRegistry: { ...registry, credentials: buildCredentials(usernameFile, passwordFile, absolute) },
    zendesk: { ...zendesk, tokenFile: absolute(zendesk.tokenFile) },
    state: { ...state, directory: absolute(state.directory) },
    identityNamespace: findNamespace(mapping),
    fieldMappings: mapping.filter((row) => row.target !== 'email'),
    audiences: audiences.map(
      ({ namespace, segmentId, mappingId, name, description, startDate, endDate, retired }) => ({
        namespace,
        segmentId,
        mappingId,
        name,
        description,
        startMs: startDate,
        endMs: endDate,
        retired,
      }),
    ),
  })
}

type Absolute = (file: string) => string

function buildTls(tls: Options['kafka']['tls'], absolute: Absolute): KafkaTls | null {
  if (!tls.enabled) return null
  const { caFile, certFile, keyFile } = tls
  return {
    caFile: caFile === null ? null : absolute(caFile),
    client:
      certFile === null || keyFile === null
        ? null
        : { certFile: absolute(certFile), keyFile: absolute(keyFile) },
  }
}

function buildSasl(sasl: Options['kafka']['sasl'], absolute: Absolute): KafkaSasl | null {
  const { mechanism, usernameFile, passwordFile, tokenFile } = sasl
  if (mechanism === 'none') return null
  if (mechanism === 'oauthbearer')
    return tokenFile === null ? null : { mechanism, tokenFile: absolute(tokenFile) }
  const credentials = buildCredentials(usernameFile, passwordFile, absolute)
  return credentials === null ? null : { mechanism, ...credentials }
}

function buildCredentials(
  usernameFile: string | null,
  passwordFile: string | null,
  absolute: Absolute,
): CredentialFiles | null {
  return usernameFile === null || passwordFile === null
    ? null
    : { usernameFile: absolute(usernameFile), passwordFile: absolute(passwordFile) }
}

function findNamespace(mapping: Options['mapping']): string {
  const source = mapping.find((row) => row.target === 'email')?.source
  const namespace = typeof source === 'string' ? namespaceOf(source) : undefined
  if (namespace === undefined) throw new Error('a valid mapping names the namespace of the e-mail')
  return namespace
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member as object)
  }
  return Object.freeze(value)
}
