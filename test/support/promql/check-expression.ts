import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

import type { KnownMetrics } from './known-metrics.ts'

/** What is wrong with an expression, and the labels that its result can have. */
export interface CheckedExpression {
  readonly problems: readonly string[]
  readonly labels: ReadonlySet<string>
  /** Names of the series that it reads. */
  readonly series: ReadonlySet<string>
}

type Labels = ReadonlySet<string>

const noLabels: Labels = new Set()

/**
 * Checks a PromQL expression against the series that exist: their names, the labels in matchers, `by`, `without` and `on`,
 * and the values in matchers. An expression with a name that nobody exports is no error to Prometheus: it finds nothing,
 * and the alert never fires.
 */
export function checkExpression(text: string, known: KnownMetrics): CheckedExpression {
  const problems: string[] = []
  const series = new Set<string>()
  const textOf = (node: SyntaxNode): string => text.slice(node.from, node.to)

  function labelsOf(node: SyntaxNode): Labels {
    switch (node.name) {
      case 'VectorSelector':
        return selected(node)
      case 'AggregateExpr':
        return aggregated(node)
      case 'BinaryExpr':
        return combined(node)
      case 'FunctionCall':
        return called(node)
      default:
        return union(children(node).map(labelsOf))
    }
  }

  function selected(node: SyntaxNode): Labels {
    const identifier = node.getChild('Identifier')
    const name = identifier === null ? '' : textOf(identifier)
    const found = known.get(name)
    if (found === undefined) {
      problems.push(`nobody exports "${name}"`)
      return noLabels
    }
    series.add(name)
    for (const matcher of descendants(node, 'UnquotedLabelMatcher')) checkMatcher(name, matcher)
    return new Set(found.labels.keys())
  }

  function checkMatcher(name: string, matcher: SyntaxNode): void {
    const [label = '', operator = '', quoted = ''] = children(matcher).map(textOf)
    const labels = known.get(name)?.labels
    const values = labels?.get(label)
    if (values === undefined) problems.push(`${name} has no label "${label}"`)
    if (values === undefined || values === null) return
    const wanted = quoted.slice(1, -1).replaceAll('\\\\', '\\')
    const isPattern = operator.includes('~')
    // Each alternative on its own: one that matches nothing is a slip of the pen.
    for (const word of isPattern ? wanted.split('|') : [wanted]) {
      const pattern = isPattern ? new RegExp(`^(?:${word})$`) : undefined
      if (![...values].some((value) => pattern?.test(value) ?? value === word))
        problems.push(`${name} has no value "${word}" of label "${label}"`)
    }
  }

  function aggregated(node: SyntaxNode): Labels {
    const inner = labelsOf(node.getChild('FunctionCallBody') ?? node)
    const modifier = node.getChild('AggregateModifier')
    const operation = node.getChild('AggregateOp')
    if (modifier === null)
      return /topk|bottomk/.test(operation === null ? '' : textOf(operation)) ? inner : noLabels
    const named = grouped(modifier)
    for (const label of named)
      if (!inner.has(label)) problems.push(`no "${label}" to group by in ${textOf(node)}`)
    if (modifier.getChild('By') !== null) return new Set(named)
    return new Set([...inner].filter((label) => !named.includes(label)))
  }

  function combined(node: SyntaxNode): Labels {
    const [left = noLabels, right = noLabels] = operands(node).map(labelsOf)
    const matching = node.getChild('MatchingModifierClause')
    if (matching !== null) {
      for (const label of matching.getChild('On') === null ? [] : grouped(matching))
        if (!left.has(label) || !right.has(label))
          problems.push(`no "${label}" on both sides of ${textOf(node)}`)
    } else if (left.size > 0 && right.size > 0 && node.getChild('Or') === null && !isSame(left, right)) {
      // Without `on`, sides with different labels never meet. A number has none.
      problems.push(`the sides have different labels in ${textOf(node)}`)
    }
    return left.size > 0 ? left : right
  }

  function called(node: SyntaxNode): Labels {
    const name = node.getChild('FunctionIdentifier')
    const labels = labelsOf(node.getChild('FunctionCallBody') ?? node)
    if (name === null || textOf(name) !== 'histogram_quantile') return labels
    if (!labels.has('le')) problems.push(`no "le" for ${textOf(node)}`)
    return new Set([...labels].filter((label) => label !== 'le'))
  }

  function grouped(modifier: SyntaxNode): readonly string[] {
    const list = modifier.getChild('GroupingLabels')
    return list === null ? [] : children(list).map(textOf)
  }

  const tree = parser.parse(text)
  tree.iterate({
    enter(node) {
      if (node.type.isError) problems.push(`cannot be parsed at ${text.slice(node.from, node.from + 20)}`)
    },
  })
  const labels = labelsOf(tree.topNode)
  return { problems: [...new Set(problems)], labels, series }
}

function children(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child)
  return found
}

function descendants(node: SyntaxNode, name: string): readonly SyntaxNode[] {
  return children(node).flatMap((child) => (child.name === name ? [child] : descendants(child, name)))
}

/** First and last: between them stand the operator and its modifiers. */
function operands(node: SyntaxNode): readonly SyntaxNode[] {
  return [node.firstChild, node.lastChild].filter((child) => child !== null)
}

function union(sets: readonly Labels[]): Labels {
  return new Set(sets.flatMap((set) => [...set]))
}

function isSame(a: Labels, b: Labels): boolean {
  return a.size === b.size && [...a].every((label) => b.has(label))
}
