import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { messageOf, SandboxError } from '../errors.ts'
import { isObject } from './xdm-names.ts'

/** How long the registry may take to say which rule a subject has. */
const answerWithinMs = 10_000

/**
 * Registers an Avro schema under `subject` and returns its id; the one it has where it is registered already. A subject
 * without a compatibility rule gets BACKWARD, any other rule stays. Throws a `SandboxError` where the registry refuses
 * the schema or does not answer.
 */
export async function registerSchema(
  registryUrl: string,
  subject: string,
  schemaText: string,
  report: (line: string) => void,
): Promise<number> {
  const url = registryUrl.replace(/\/+$/, '')
  try {
    const compatibility = await agreeOnRule(url, subject, report)
    const registry = new SchemaRegistry({ host: url, clientId: 'sandbox' })
    const schema = JSON.stringify(JSON.parse(schemaText))
    const { id } = await registry.register({ type: SchemaType.AVRO, schema }, { subject, compatibility })
    return id
  } catch (thrown) {
    // fetch hides the reason ("connect ECONNREFUSED ...") in the cause.
    const cause = isObject(thrown) ? (thrown['cause'] ?? thrown) : thrown
    throw new SandboxError(`registry at ${url}: subject ${subject}: ${messageOf(cause)}`)
  }
}

/**
 * The rule to register with. The client insists on the rule that a subject has, and takes only a 404 for none; Apicurio
 * answers NONE for a subject that exists without one (facts: Apicurio, gotcha), so that one is set first.
 */
async function agreeOnRule(
  url: string,
  subject: string,
  report: (line: string) => void,
): Promise<COMPATIBILITY> {
  const address = `${url}/config/${encodeURIComponent(subject)}`
  const response = await fetch(address, { signal: AbortSignal.timeout(answerWithinMs) })
  const body = await response.text()
  if (response.status === 404) return COMPATIBILITY.BACKWARD
  const rule = response.status === 200 ? readRule(body) : undefined
  if (rule === undefined) throw new Error(`GET ${address} answers ${response.status}: ${body.slice(0, 200)}`)
  if (rule !== COMPATIBILITY.NONE) return rule
  report(`registry: subject ${subject} had no compatibility rule; it is BACKWARD now`)
  const put = await fetch(address, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility: COMPATIBILITY.BACKWARD }),
    signal: AbortSignal.timeout(answerWithinMs),
  })
  await put.arrayBuffer()
  if (put.status !== 200) throw new Error(`PUT ${address} answers ${put.status}`)
  return COMPATIBILITY.BACKWARD
}

function readRule(body: string): COMPATIBILITY | undefined {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return undefined
  }
  const level = isObject(answer) ? String(answer['compatibilityLevel']).toUpperCase() : ''
  return Object.entries(COMPATIBILITY).find(([name]) => name === level)?.[1]
}
