import { isHashedNamespace } from '../domain/identity.ts'
import { createMapper } from '../domain/mapping.ts'
import { compilePath } from '../domain/path.ts'
import {
  closedValues,
  customFieldName,
  customFieldPrefix,
  idAttributes,
  mappableFields,
  tagsField,
  unclearableFields,
  unmappableFields,
} from '../domain/sell-fields.ts'
import { type Finding, formatPath, type Path, showValue } from './problems.ts'
import type { Options } from './schema.ts'
import type { Lenient } from './structure.ts'
import { closest } from './suggestion.ts'

type Row = Lenient<Options['mapping'][number]>

const knownTargets = [...mappableFields, ...Object.keys(unmappableFields)]
const emailSource = /^identityMap\.([^.[\]\s]+)$/

/** The identity namespace that the source of the `email` row names, or `undefined` where it names none. */
export function namespaceOf(source: string): string | undefined {
  return emailSource.exec(source)?.[1]
}

/** What is wrong with the mapping as a whole and with what its rows mean. */
export function checkMapping(mapping: Lenient<Options['mapping']>): readonly Finding[] {
  if (mapping === undefined) return []
  return [
    ...mapping.flatMap((row, index) => (row === undefined ? [] : checkRow(row, ['mapping', index]))),
    ...findDuplicateTargets(mapping),
    ...findMissingTargets(mapping),
  ]
}

function checkRow(row: Row, path: Path): readonly Finding[] {
  const { target } = row
  const findings: Finding[] = []
  const fault = target === undefined ? undefined : findTargetFault(target)
  if (fault !== undefined) findings.push({ path: [...path, 'target'], message: fault })
  if (target === 'email') return [...findings, ...checkEmailRow(row, path)]
  return [
    ...findings,
    ...checkSource(row, path),
    ...checkTransforms(row, path),
    ...checkType(row, path),
    ...checkWhenNull(row, path),
  ]
}

function findTargetFault(target: string): string | undefined {
  const custom = customFieldName(target)
  if (custom !== undefined) {
    const isName = custom !== '' && custom === custom.trim()
    return isName ? undefined : `${customFieldPrefix} must be followed by the field's name as shown in Sell.`
  }
  if (mappableFields.includes(target)) return undefined
  const reason = Object.hasOwn(unmappableFields, target) ? unmappableFields[target] : undefined
  if (reason !== undefined) return `${target} cannot be mapped: ${reason}.`
  const meant = closest(target, knownTargets)
  const hint = meant === undefined ? ' config/reference.yaml lists them.' : ` Did you mean "${meant}"?`
  return (
    `Sell has no contact attribute ${showValue(target)}.${hint}` +
    ` Custom fields are written ${customFieldPrefix}<name>.`
  )
}

/** The e-mail is the contact's identity, not a field like the others: it comes from the identities, normalised. */
function checkEmailRow({ source, transforms, type, choices, whenNull }: Row, path: Path): readonly Finding[] {
  const findings: Finding[] = []
  if (source === null) {
    const message =
      'is missing. For the target email it must be identityMap.<namespace>, as in identityMap.Email.'
    findings.push({ path: [...path, 'source'], absent: true, message })
  } else if (source !== undefined) {
    const fault = findEmailSourceFault(source)
    if (fault !== undefined) findings.push({ path: [...path, 'source'], message: fault })
  }
  if (transforms !== undefined && transforms.length > 0) {
    const message = 'the e-mail takes no transforms: it is always trimmed and lower-cased. Remove them.'
    findings.push({ path: [...path, 'transforms'], message })
  }
  if (whenNull === 'clear') {
    const message = 'email cannot be cleared: without an e-mail there is no contact. Remove it.'
    findings.push({ path: [...path, 'whenNull'], message })
  }
  return [...findings, ...checkType({ target: 'email', type, choices }, path)]
}

function findEmailSourceFault(source: string): string | undefined {
  const namespace = namespaceOf(source)
  if (namespace === undefined) {
    return `must be identityMap.<namespace> for the target email, as in identityMap.Email, found ${showValue(source)}.`
  }
  return isHashedNamespace(namespace)
    ? `the namespace ${showValue(namespace)} holds hashes of addresses, which Zendesk cannot match. Use identityMap.Email.`
    : undefined
}

function checkSource(row: Row, path: Path): readonly Finding[] {
  const { source, transforms } = row
  // A transform that could not be read may have been the constant that needs no source.
  if (transforms?.includes(undefined) !== false) return []
  const constant = transforms.findIndex((transform) => transform?.type === 'constant')
  if (source === null && constant === -1) {
    const message = 'is missing. Write a path in the profile, or give the row a {constant: ...} transform.'
    return [{ path: [...path, 'source'], absent: true, message }]
  }
  const findings: Finding[] = []
  if (typeof source === 'string' && constant !== -1) {
    findings.push({
      path: [...path, 'source'],
      message: 'is never read, as the row has a constant. Remove one.',
    })
  }
  if (constant > 0) {
    const message = 'a constant replaces what the transforms before it made. Put it first.'
    findings.push({ path: [...path, 'transforms', constant], message })
  }
  if (typeof source === 'string' && namesMany(source) && constant === -1 && !takesMany(row, transforms)) {
    const message =
      `${showValue(source)} names many values. Add {join: ", "} to the transforms, or the type multi_select_list, ` +
      'or write a position such as [0].'
    findings.push({ path: [...path, 'source'], message })
  }
  return findings
}

function takesMany(
  { target, type }: Row,
  transforms: readonly ({ readonly type: string } | undefined)[],
): boolean {
  const isList = type === undefined || type === 'multi_select_list' || target === tagsField
  return isList || transforms.some((transform) => transform?.type === 'join')
}

function namesMany(source: string): boolean {
  const path = compilePath(source)
  return path.type === 'path' && path.many
}

/** A constant or default that its field cannot hold, after the transforms that follow, would never be written. */
function checkTransforms({ target, transforms, type, choices }: Row, path: Path): readonly Finding[] {
  if (target === undefined || transforms?.includes(undefined) !== false || type === undefined) return []
  const known = transforms.filter((transform) => transform !== undefined)
  const chosen = (choices ?? []).filter((choice) => choice !== undefined)
  return known.flatMap((transform, index) => {
    if (transform.type !== 'constant' && transform.type !== 'default') return []
    const rest = known.slice(index)
    if (rest.some((later) => later.type === 'e164')) return []
    const row = { target, source: null, transforms: rest, type, choices: chosen }
    const [unusable] = createMapper([row])({}).unusable
    if (unusable === undefined) return []
    const allowed = Object.hasOwn(closedValues, target) ? (closedValues[target] ?? []) : chosen
    const takes = unusable.misfit === 'no_choice' ? `${allowed.join(', ')} alone` : takesOf(target, type)
    const message = `${target} takes ${takes}, found ${showValue(transform.value)}.`
    return [{ path: [...path, 'transforms', index], message }]
  })
}

function takesOf(target: string, type: string | null): string {
  return idAttributes.includes(target)
    ? 'the id of something in Sell'
    : `a value of the type ${type ?? 'string'}`
}

function checkType(
  { target, type, choices }: Pick<Row, 'target' | 'type' | 'choices'>,
  path: Path,
): readonly Finding[] {
  const findings: Finding[] = []
  const isCustom = target === undefined || customFieldName(target) !== undefined
  if (typeof type === 'string' && !isCustom) {
    const message = `is for custom fields alone; Sell knows the type of ${target}. Remove it.`
    findings.push({ path: [...path, 'type'], message })
  }
  const takesChoices = type === undefined || type === 'list' || type === 'multi_select_list'
  if (choices !== undefined && choices.length > 0 && !takesChoices) {
    const message = 'are for the types list and multi_select_list alone. Write that type, or remove them.'
    findings.push({ path: [...path, 'choices'], message })
  }
  return findings
}

function checkWhenNull({ target, whenNull, transforms }: Row, path: Path): readonly Finding[] {
  if (whenNull !== 'clear' || target === undefined) return []
  const reason = Object.hasOwn(unclearableFields, target) ? unclearableFields[target] : undefined
  const hasConstant = transforms?.some((transform) => transform?.type === 'constant') === true
  const message =
    reason !== undefined
      ? `${target} cannot be cleared: ${reason}. Remove it.`
      : hasConstant
        ? 'is never used, as the row has a constant. Remove it.'
        : undefined
  return message === undefined ? [] : [{ path: [...path, 'whenNull'], message }]
}

function findDuplicateTargets(mapping: readonly (Row | undefined)[]): readonly Finding[] {
  return mapping.flatMap((row, index) => {
    const target = row?.target
    const first = mapping.findIndex((other) => target !== undefined && other?.target === target)
    if (first === -1 || first === index) return []
    const message = `${showValue(target)} is already the target of ${formatPath(['mapping', first])}. Keep one row.`
    return [{ path: ['mapping', index, 'target'], message }]
  })
}

/** AEP ignores every other mapping where one of these two lacks; here the configuration is refused. */
function findMissingTargets(mapping: readonly (Row | undefined)[]): readonly Finding[] {
  const rows = {
    last_name: '{source: person.name.lastName, target: last_name}',
    email: '{source: identityMap.Email, target: email}',
  }
  return Object.entries(rows).flatMap(([required, row]) => {
    // A misspelt target is reported where it stands.
    const isMeant = mapping.some(
      (other) => other?.target !== undefined && closestTarget(other.target) === required,
    )
    if (isMeant) return []
    const message = `has no row with the target ${required}; without it no contact can be written. Add ${row}.`
    return [{ path: ['mapping'], absent: true as const, message }]
  })
}

function closestTarget(target: string): string | undefined {
  return knownTargets.includes(target) ? target : closest(target, knownTargets)
}
