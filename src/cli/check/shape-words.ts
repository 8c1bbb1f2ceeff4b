import type { Shape } from '../../domain/record-shape.ts'

/** What a place is, as a reader says it: `a record (firstName, lastName)`, `text or a number`. */
export function describeShapes(shapes: readonly Shape[]): string {
  const words = [...new Set(shapes.map(describeShape))]
  return words.length === 0 ? 'always null' : words.join(' or ')
}

const shownNames = 8

function describeShape(shape: Shape): string {
  switch (shape.type) {
    case 'text':
      return shape.words === null ? 'text' : `one of ${shorten(shape.words)}`
    case 'number':
      return 'a number'
    case 'boolean':
      return 'true or false'
    case 'record':
      return `a record (${shorten([...shape.fields().keys()])})`
    case 'map':
      return 'a map'
    case 'list':
      return 'a list'
    case 'any':
      return 'anything'
  }
}

function shorten(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).join(', ')
  return names.length > shownNames ? `${shown}, ...` : shown
}
