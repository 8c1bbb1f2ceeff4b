/** An alert as `/api/v1/alerts` tells of it. */
export interface SeenAlert {
  readonly labels: Readonly<Record<string, string>>
  /** Rendered: labels and value stand where the rule has templates. */
  readonly annotations: Readonly<Record<string, string>>
  readonly state: 'pending' | 'firing'
}

/** A rule as `/api/v1/rules` tells of it. */
export interface SeenRule {
  readonly name: string
  /** `unknown` before the first evaluation. */
  readonly health: 'ok' | 'err' | 'unknown'
  /** Empty where the last evaluation succeeded. */
  readonly lastError: string
}

/** The name and severity by which an alert of the rules is told from all others: two of one name differ in severity. */
export function alertKey(name: string, severity: string): string {
  return `${name.replace(/^ZendeskActivation/, '')} (${severity})`
}

/** {@link alertKey} of an alert that was seen. */
export function keyOf({ labels }: Pick<SeenAlert, 'labels'>): string {
  return alertKey(labels['alertname'] ?? '', labels['severity'] ?? '')
}

/** The alerts in an answer of `/api/v1/alerts`. Throws where it is none, with what it says instead. */
export function readAlerts(answer: unknown): readonly SeenAlert[] {
  return listOf(dataOf(answer), 'alerts').map((one) => {
    const state = textOf(one, 'state')
    if (state !== 'pending' && state !== 'firing') throw new Error(`an alert in state "${state}"`)
    return { labels: textsOf(one, 'labels'), annotations: textsOf(one, 'annotations'), state }
  })
}

/** The rules in an answer of `/api/v1/rules`, those of all groups. Throws where it is none, with what it says instead. */
export function readRules(answer: unknown): readonly SeenRule[] {
  return listOf(dataOf(answer), 'groups')
    .flatMap((group) => listOf(group, 'rules'))
    .map((one) => {
      const health = textOf(one, 'health')
      if (health !== 'ok' && health !== 'err' && health !== 'unknown')
        throw new Error(`a rule in health "${health}"`)
      const error = memberOf(one, 'lastError')
      return { name: textOf(one, 'name'), health, lastError: typeof error === 'string' ? error : '' }
    })
}

/** What is wrong with the rendered texts of an alert: Prometheus fires it all the same, and tells its receiver nonsense. */
export function textProblems({ annotations }: Pick<SeenAlert, 'annotations'>): readonly string[] {
  return ['summary', 'description', 'runbook_url'].flatMap((name) => {
    const text = annotations[name] ?? ''
    if (text === '') return [`it has no ${name}`]
    return /<no value>|<error|\{\{|NaN/.test(text) ? [`its ${name} is "${text}"`] : []
  })
}

function dataOf(answer: unknown): unknown {
  if (memberOf(answer, 'status') !== 'success')
    throw new Error(`Prometheus answered ${JSON.stringify(answer)}`)
  return memberOf(answer, 'data')
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name)
  if (!Array.isArray(list)) throw new Error(`an answer without a list of ${name}`)
  return list
}

function textOf(value: unknown, name: string): string {
  const text = memberOf(value, name)
  if (typeof text !== 'string') throw new Error(`an answer without a text ${name}`)
  return text
}

function textsOf(value: unknown, name: string): Readonly<Record<string, string>> {
  const texts = memberOf(value, name)
  if (typeof texts !== 'object' || texts === null) throw new Error(`an answer without ${name}`)
  return Object.fromEntries(Object.keys(texts).map((key) => [key, textOf(texts, key)]))
}
