/** Markup that is safe to send: made by `html` alone. */
export interface Html {
  readonly markup: string
}

/** What may stand in a template: texts and numbers are escaped, markup is not, nothing is nothing. */
export type HtmlPart = string | number | null | undefined | Html | readonly HtmlPart[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

function isList(part: HtmlPart): part is readonly HtmlPart[] {
  return Array.isArray(part)
}

function render(part: HtmlPart): string {
  if (part === null || part === undefined) return ''
  if (isList(part)) return part.map(render).join('')
  return typeof part === 'object' ? part.markup : escape(String(part))
}

/** A template whose every part is escaped, so that no stored value can become markup. Quote attribute values. */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  const [first = '', ...others] = texts
  return { markup: first + others.map((text, index) => render(parts[index]) + text).join('') }
}
