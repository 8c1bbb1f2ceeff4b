import { createMapper, type FieldMapping } from '../../domain/mapping.ts'
import { examplesOf, type Shape } from '../../domain/record-shape.ts'
import { closedValues } from '../../domain/sell-fields.ts'
import { formatE164 } from '../../phone/e164.ts'
import { describeShapes } from './shape-words.ts'

/** Where a mapping row reads. */
export interface MappedPlace {
  readonly shapes: readonly Shape[]
  /** True where the path names any number of values. */
  readonly many: boolean
}

/** A row that reads the profile. */
export type ReadingRow = FieldMapping & { readonly source: string }

/**
 * Why nothing that the schema lets stand at the place can ever be written by `row`, or `null` where something can. It is
 * the mapper itself that says so of examples; where these may be too few, as of telephone numbers, nothing is said.
 */
export function judgeMappedPath(row: ReadingRow, place: MappedPlace): string | null {
  return canBeWritten(row, place) ? null : describe(row, place)
}

function canBeWritten(row: ReadingRow, { shapes, many }: MappedPlace): boolean {
  const { target, transforms, choices = [] } = row
  const isPhone = transforms.some((transform) => transform.type === 'e164')
  if (isPhone && shapes.some((shape) => shape.type === 'text' || shape.type === 'number')) return true
  const closed = Object.hasOwn(closedValues, target) ? (closedValues[target] ?? []) : []
  const examples = examplesOf(shapes, [...choices, ...closed])
  if (examples === null) return true
  const map = createMapper([{ ...row, source: 'value' }], formatE164)
  const isWritten = (profile: Parameters<typeof map>[0]): boolean =>
    (map(profile).fields[target] ?? null) !== null
  // Without a value there may be a default.
  return isWritten({}) || examples.some((value) => isWritten({ value: many ? [value] : value }))
}

function describe({ target, source, type = null }: ReadingRow, { shapes, many }: MappedPlace): string {
  const what = `"${source}" is ${describeShapes(shapes)} in the schema`
  const inside = nextField(shapes)
  if (inside !== undefined && type !== 'address')
    return `${what}, and ${target} takes one value. Name a field in it, such as ${source}.${inside}.`
  if (shapes.length > 0 && shapes.every((shape) => shape.type === 'list') && !many)
    return `${what}, and ${target} takes one value. Write a position such as ${source}[0], or ${source}[*] with {join: ", "}.`
  const takes = type === null ? `${target} can never hold` : `a field of type ${type} can never hold`
  return `${what}, which ${takes}. Name another field, or change the type or the transforms of the row.`
}

function nextField(shapes: readonly Shape[]): string | undefined {
  return shapes
    .flatMap((shape) => {
      if (shape.type === 'record') return [...shape.fields().keys()]
      return shape.type === 'map' ? ['<key>'] : []
    })
    .at(0)
}
