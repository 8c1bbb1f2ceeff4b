import type { Config } from '../../config/config.ts'
import { didYouMean } from '../../config/suggestion.ts'
import { parseEventTime } from '../../domain/event-time.ts'
import { compilePath, type PathStep } from '../../domain/path.ts'
import {
  examplesOf,
  findField,
  type FollowedPath,
  followPath,
  type Shape,
} from '../../domain/record-shape.ts'
import type { Problem } from './finding.ts'
import { describeShapes } from './shape-words.ts'
import { judgeMappedPath } from './mapped-values.ts'

/** A problem with a path, or a doubt: something that is odd, and need not be wrong. */
export interface PathFault extends Problem {
  readonly level: 'warning' | 'problem'
}

/** What the schema of the profiles says of the paths that the configuration reads there. */
export function checkProfilePaths(config: Config, root: readonly Shape[]): readonly PathFault[] {
  const { personKey, eventTimePath } = config.inputs.profiles
  return [
    ...checkPersonKey('inputs.profiles.personKey.path', personKey.path, root),
    ...checkEventTime('inputs.profiles.eventTimePath', eventTimePath, root),
    ...checkIdentities(config.identityNamespace, root),
    ...config.fieldMappings.flatMap((row) => {
      const subject = `mapping to ${row.target}`
      const followed = follow(subject, row.source, root)
      if (followed.type === 'lost') {
        // A default is written all the same.
        const hasDefault = row.transforms.some(({ type }) => type === 'default')
        return [{ ...followed.problem, level: hasDefault ? ('warning' as const) : ('problem' as const) }]
      }
      if (followed.type === 'none' || row.source === null) return []
      const message = judgeMappedPath({ ...row, source: row.source }, followed)
      return message === null ? [] : [{ level: 'problem' as const, subject, message }]
    }),
  ]
}

/** What the schema of the segment memberships says of the paths that the configuration reads there. */
export function checkMembershipPaths(config: Config, root: readonly Shape[]): readonly PathFault[] {
  const { personKey, membershipPath } = config.inputs.segmentMemberships
  const subject = 'inputs.segmentMemberships.membershipPath'
  return [
    ...checkPersonKey('inputs.segmentMemberships.personKey.path', personKey.path, root),
    ...judgePlace(subject, membershipPath, root, isMemberships, 'the memberships are a map of maps'),
  ]
}

function checkPersonKey(subject: string, path: string | null, root: readonly Shape[]): readonly PathFault[] {
  const isText = (shapes: readonly Shape[]): boolean =>
    shapes.some(({ type }) => type === 'text' || type === 'any')
  return judgePlace(subject, path, root, isText, 'a person key is text')
}

function checkEventTime(subject: string, path: string | null, root: readonly Shape[]): readonly PathFault[] {
  const canBeTime = (shapes: readonly Shape[]): boolean => {
    const examples = examplesOf(shapes)
    return examples === null || examples.some((value) => parseEventTime(value) !== undefined)
  }
  return judgePlace(subject, path, root, canBeTime, 'a time is text or a number')
}

/** A map of namespaces, or a record with one field for each. */
function isMemberships(shapes: readonly Shape[]): boolean {
  return shapes.some((shape) => {
    if (shape.type === 'any') return true
    if (shape.type === 'map') return hasNames(shape.values())
    return shape.type === 'record' && [...shape.fields().values()].some(hasNames)
  })
}

function hasNames(shapes: readonly Shape[]): boolean {
  return shapes.some(({ type }) => type === 'map' || type === 'record' || type === 'any')
}

/** The e-mails: `identityMap`, by namespace in any case, holds lists of identities with an `id` of text. */
function checkIdentities(namespace: string, root: readonly Shape[]): readonly PathFault[] {
  const subject = 'mapping to email'
  const map = follow(subject, 'identityMap', root)
  if (map.type === 'lost') return [{ level: 'problem', ...map.problem }]
  if (map.type === 'none') return []
  const names = map.shapes.flatMap((shape) => (shape.type === 'record' ? [...shape.fields().keys()] : []))
  const places = map.shapes.flatMap((shape): readonly Shape[] => {
    if (shape.type === 'map') return shape.values()
    if (shape.type !== 'record') return shape.type === 'any' ? [shape] : []
    return [...shape.fields()].flatMap(([name, inside]) =>
      name.toLowerCase() === namespace.toLowerCase() ? inside : [],
    )
  })
  if (places.some(isIdentities)) return []
  if (places.length > 0 || names.length === 0) {
    const found = describeShapes(places.length > 0 ? places : map.shapes)
    const place = places.length > 0 ? `identityMap.${namespace}` : 'identityMap'
    const message = `"${place}" is ${found}, and no list of identities with an id. No person would have an e-mail.`
    return [{ level: 'problem', subject, message }]
  }
  const message =
    `the schema has no namespace "${namespace}" in identityMap.` + suggest(namespace, names, undefined)
  return [{ level: 'problem', subject, message }]
}

function isIdentities(shape: Shape): boolean {
  if (shape.type === 'any') return true
  if (shape.type !== 'list') return false
  const isText = (shapes: readonly Shape[]): boolean =>
    shapes.some(({ type }) => type === 'text' || type === 'any')
  const items = shape.items()
  if (isText(items)) return true
  const id = followPath(items, [{ type: 'member', name: 'id' }])
  return id.type === 'place' && isText(id.shapes)
}

function judgePlace(
  subject: string,
  path: string | null,
  root: readonly Shape[],
  fits: (shapes: readonly Shape[]) => boolean,
  rule: string,
): readonly PathFault[] {
  const followed = follow(subject, path, root)
  if (followed.type === 'none') return []
  if (followed.type === 'lost') return [{ level: 'problem', ...followed.problem }]
  if (fits(followed.shapes)) return []
  const message = `"${String(path)}" is ${describeShapes(followed.shapes)} in the schema, but ${rule}. Name another field.`
  return [{ level: 'problem', subject, message }]
}

type Followed =
  | { readonly type: 'none' }
  | { readonly type: 'place'; readonly shapes: readonly Shape[]; readonly many: boolean }
  | { readonly type: 'lost'; readonly problem: Problem }

function follow(subject: string, path: string | null, root: readonly Shape[]): Followed {
  if (path === null) return { type: 'none' }
  const compiled = compilePath(path)
  if (compiled.type === 'invalid')
    throw new Error(`the path "${path}" passed the configuration: ${compiled.problem}`)
  const { steps, many } = compiled
  const followed = followPath(root, steps)
  if (followed.type === 'place') return { ...followed, many }
  return { type: 'lost', problem: { subject, message: describeLost(path, steps, followed, root) } }
}

function describeLost(
  path: string,
  steps: readonly PathStep[],
  { step, shapes, name, known }: Extract<FollowedPath, { type: 'lost' }>,
  root: readonly Shape[],
): string {
  const before = spell(steps.slice(0, step))
  const place = before === '' ? 'the record' : `"${before}"`
  const lead = `no field of the schema leads to "${path}":`
  const at = steps[step]
  const wanted = at?.type === 'member' || at?.type === 'match' ? at.name : undefined
  if (name === null || wanted === undefined)
    return `${lead} ${place} is ${describeShapes(shapes)}${hintFor(at, shapes)}.`
  return `${lead} ${place} has no field "${wanted}".${suggest(wanted, known, findField(root, wanted))}`
}

function hintFor(step: PathStep | undefined, shapes: readonly Shape[]): string {
  const isList = shapes.some(({ type }) => type === 'list')
  if (step?.type === 'member')
    return isList ? ', so write a position such as [0] behind it' : ' without fields'
  return ', and no list. Leave the brackets out'
}

function suggest(wanted: string, known: readonly string[], elsewhere: string | undefined): string {
  const near = didYouMean(wanted, known)
  if (near !== '') return near
  if (elsewhere !== undefined) return ` Did you mean "${elsewhere}"?`
  const some = known.slice(0, 15).map((name) => `"${name}"`)
  return ` It has ${some.join(', ')}${known.length > some.length ? ' and others' : ''}.`
}

function spell(steps: readonly PathStep[]): string {
  return steps
    .map((step, index) => {
      switch (step.type) {
        case 'member':
          return index === 0 ? step.name : `.${step.name}`
        case 'element':
          return `[${step.index}]`
        case 'match':
          return `[${step.name}=${step.text}]`
        case 'all':
          return '[*]'
      }
    })
    .join('')
}
