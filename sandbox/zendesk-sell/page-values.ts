import type { CustomValue } from './contact.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'

/** Shown where nothing is set. */
export const notSet: Html = html`<span class="none">&ndash;</span>`

function chip(text: string): Html {
  const word = text.toLowerCase()
  // The mark says in shape what the colour says.
  if (/^reali[sz]ed$/.test(word))
    return html`<span class="chip in"><span aria-hidden="true">&#9679; </span>${text}</span>`
  if (word === 'exited')
    return html`<span class="chip out"><span aria-hidden="true">&#9675; </span>${text}</span>`
  return html`<span class="chip">${text}</span>`
}

/** A custom field's value: statuses and choices as chips, longer texts as they are. */
export function showValue(value: CustomValue | undefined): Html {
  if (value === undefined || value === '') return notSet
  if (typeof value === 'boolean') return html`${value ? 'Yes' : 'No'}`
  if (typeof value === 'string') return value.length <= 24 ? chip(value) : html`${value}`
  if (isTexts(value)) return html`${value.map(chip)}`
  const { line1, city, postal_code, state, country } = value
  const lines = [line1, [postal_code, city].filter(Boolean).join(' '), state, country]
  return html`${lines.filter(Boolean).join('\n')}`
}

function isTexts(value: CustomValue): value is readonly string[] {
  return Array.isArray(value)
}

/** A text or a dash. */
export function showText(text: string | null): Html {
  return text === null || text === '' ? notSet : html`${text}`
}

/** A time of the API (`2026-01-31T12:00:00Z`) as people say it: relative within the hour, else UTC to the minute. */
export function showTime(time: string, nowEpochMs: number): Html {
  const seconds = Math.max(0, Math.floor((nowEpochMs - Date.parse(time)) / 1000))
  const full = `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`
  return html`<time datetime="${time}" title="${full}">${relative(seconds) ?? full.slice(0, 16)}</time>`
}

function relative(seconds: number): string | undefined {
  if (seconds < 5) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : undefined
}
