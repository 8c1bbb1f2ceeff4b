import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'

import type { Manifest } from './manifests.ts'
import { schemaFolders } from './tools.mjs'

type Json = Readonly<Record<string, unknown>>

interface CustomResource {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly name: string
      readonly schema: { readonly openAPIV3Schema: Json }
    }[]
  }
}

/** What the API server would refuse in `manifest`, each with its place; also fields that it would drop with a warning. */
export type Validate = (manifest: Manifest) => readonly string[]

const components = '#/components/schemas/'
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** A check against Kubernetes `version` and the custom resources that the chart uses. */
export function createValidate(version: string): Validate {
  const { schemas, kinds } = readKubernetes(version)
  for (const [kind, schema] of readCustomResources()) {
    schemas[kind] = schema
    kinds.set(kind, kind)
  }
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    validateFormats: false,
    code: { regExp: goPattern },
  })
  ajv.addSchema({ $id: 'kubernetes', components: { schemas: closed(schemas) } })
  const compiled = new Map<string, ValidateFunction>()
  return (manifest) => {
    const kind = `${manifest.apiVersion}/${manifest.kind}`
    const definition = kinds.get(kind)
    if (definition === undefined) return [`${kind}: Kubernetes ${version} has no such kind`]
    const validate =
      compiled.get(kind) ?? ajv.compile({ $ref: `kubernetes${components}${escape(definition)}` })
    compiled.set(kind, validate)
    validate(manifest)
    return (validate.errors ?? []).map((error) => inWords(manifest, error))
  }
}

/** Go's way to ignore case, in which the API server reads patterns, is no part of JavaScript's. */
const goPattern = Object.assign(
  (pattern: string, flags: string): RegExp =>
    pattern.includes('(?i)')
      ? new RegExp(pattern.replaceAll('(?i)', ''), `${flags}i`)
      : new RegExp(pattern, flags),
  { code: 'new RegExp' },
)

function escape(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))
}

function inWords(
  { kind, metadata: { name } }: Manifest,
  { instancePath, message = '', params }: ErrorObject,
): string {
  const field: unknown = params['additionalProperty']
  return `${kind} ${name}: ${instancePath} ${message}${typeof field === 'string' ? ` (${field})` : ''}`
}

function readKubernetes(version: string): { schemas: Record<string, unknown>; kinds: Map<string, string> } {
  const folder = folderOf(`kubernetes-${version}`)
  const schemas: Record<string, unknown> = {}
  const kinds = new Map<string, string>()
  for (const file of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, file), 'utf8')
    const { components: found } = JSON.parse(text) as { components: { schemas: Record<string, Json> } }
    for (const [name, schema] of Object.entries(found.schemas)) {
      schemas[name] = schema
      const served = (schema['x-kubernetes-group-version-kind'] ?? []) as readonly StringKind[]
      // DeleteOptions and their like are served in every group; nobody renders them.
      if (served.length !== 1) continue
      for (const { group, version: of, kind } of served)
        kinds.set(`${group === '' ? '' : `${group}/`}${of}/${kind}`, name)
    }
  }
  return { schemas, kinds }
}

interface StringKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** The schemas of custom resources, by `group/version/kind`. Theirs leave metadata open, as the API server knows it. */
function readCustomResources(): readonly (readonly [string, Json])[] {
  return schemaFolders
    .filter((folder) => path.basename(folder).startsWith('custom-resources-'))
    .flatMap((folder) => readdirSync(folder).map((file) => path.join(folder, file)))
    .flatMap((file) => {
      const { spec } = parse(readFileSync(file, 'utf8')) as CustomResource
      return spec.versions.map(({ name, schema: { openAPIV3Schema: schema } }) => {
        const properties = {
          ...(schema['properties'] as Json),
          metadata: { $ref: `${components}${objectMeta}` },
        }
        return [`${spec.group}/${name}/${spec.names.kind}`, { ...schema, properties }] as const
      })
    })
}

function folderOf(name: string): string {
  const folder = schemaFolders.find((candidate) => path.basename(candidate) === name)
  if (folder === undefined) throw new Error(`there are no schemas of ${name}`)
  return folder
}

/** The schema, in which what has fields has no others: the API server drops unknown ones, which is what a typo becomes. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  const isObject = isMap(inner['properties']) && !('additionalProperties' in inner)
  const keepsUnknown = inner['x-kubernetes-preserve-unknown-fields'] === true
  return isObject && !keepsUnknown ? { ...inner, additionalProperties: false } : inner
}

/** Whether this is the `properties` of a schema: Kubernetes has objects with a field of that name, which is a schema then. */
function isMap(properties: unknown): boolean {
  return typeof properties === 'object' && properties !== null && !('$ref' in properties)
}
