import { createHash } from 'node:crypto'

import { html } from './html.ts'
import type { Html } from './html.ts'

const style = `
:root { color-scheme: light; --ink: #1f2a37; --soft: #57616f; --line: #dde2e8; --accent: #1c5fa8; }
* { box-sizing: border-box }
body { margin: 0; background: #f3f5f8; color: var(--ink); font: 14px/1.45 system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif }
a { color: var(--accent) }
a:focus-visible, input:focus-visible, button:focus-visible, .scroll:focus-visible { outline: 3px solid #f0a92e; outline-offset: 2px }
.bar { background: #17324d; color: #fff }
.bar > div { max-width: 1400px; margin: auto; padding: 10px 20px; display: flex; gap: 16px; align-items: center }
.bar a { color: #fff }
.bar a, .bar small { white-space: nowrap }
.bar .home { font-weight: 600; text-decoration: none; margin-right: auto }
.bar small { color: #c9d6e4 }
main { max-width: 1400px; margin: auto; padding: 22px 20px 40px }
h1 { font-size: 24px; margin: 0 } h2 { font-size: 16px; margin: 0 0 10px }
.head { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: baseline; margin-bottom: 16px }
.head form { margin-left: auto; display: flex; gap: 8px }
.soft { color: var(--soft) }
input, button { font: inherit; padding: 6px 10px; border: 1px solid #8793a1; border-radius: 6px; background: #fff; color: inherit }
input { width: 270px; max-width: 60vw } button { cursor: pointer; background: var(--accent); border-color: var(--accent); color: #fff }
.card { background: #fff; border: 1px solid var(--line); border-radius: 8px; margin-bottom: 16px }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: 8px 12px; border-bottom: 1px solid var(--line); vertical-align: top }
td { overflow-wrap: anywhere } td.mail { min-width: 220px } td.tight { white-space: nowrap; overflow-wrap: normal }
thead th { font-size: 13px; color: var(--soft); background: #f9fafb } tbody tr:last-child > * { border-bottom: 0 }
tbody th { font-weight: 600; min-width: 170px; overflow-wrap: anywhere } tbody th a { text-decoration: none } tbody th a:hover { text-decoration: underline } tbody tr:hover { background: #f5f9fd }
tr.fresh { background: #fff9e5 }
.chip { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 13px; background: #e6eaef; color: #2b3644; margin: 0 4px 3px 0 }
.chip.in { background: #d3f0df; color: #0b4f31 } .chip.out { background: #f8dfda; color: #7c2113 }
.none { color: #6b7480 }
nav.pages { display: flex; gap: 16px; align-items: center } .empty { padding: 36px 20px; text-align: center; color: var(--soft) }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 16px; align-items: start }
.cards .card { padding: 16px 18px; margin: 0 }
dl { display: grid; grid-template-columns: minmax(110px, 32%) 1fr; gap: 7px 14px; margin: 0 }
dt { color: var(--soft); overflow-wrap: anywhere } dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line }
.who { display: flex; gap: 14px; align-items: center; margin: 6px 0 18px }
.face { width: 52px; height: 52px; border-radius: 50%; background: #cfe0f2; color: #17324d; display: grid; place-items: center; font-weight: 600; font-size: 18px; flex: none }
@media (max-width: 560px) { .bar small { display: none } .head form { margin-left: 0; width: 100% } input { flex: 1; max-width: none } }
`

// Someone who types a search must not lose it to a reload.
const script = `setInterval(()=>{if(document.activeElement?.id!=='q')location.reload()},5000)`

// Plain markup: the headers promise these texts to the byte, so no formatter may touch what is between the tags.
const styleElement: Html = { markup: `<style>${style}</style>` }
const scriptElement: Html = { markup: `<script>${script}</script>` }

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Headers of every page: nothing from outside, no script but the one here. */
export const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
}

/** What the list and the page of a contact have in common. `address` is the page's own, without `refresh`. */
export interface Frame {
  readonly title: string
  readonly address: string
  readonly refreshes: boolean
  readonly content: Html
}

/** An address with query parameters; those without a value are left out. */
export function link(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value)
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

/** A whole document. It reloads every 5 s unless that is switched off. */
export function framePage({ title, address, refreshes, content }: Frame): string {
  const home = link('/', { refresh: refreshes ? undefined : 'off' })
  const joint = address.includes('?') ? '&' : '?'
  const toggle = refreshes
    ? html`<a href="${address}${joint}refresh=off">Stop refreshing</a>`
    : html`<a href="${address}">Refresh every 5 s</a>`
  const reload = refreshes ? html`<noscript><meta http-equiv="refresh" content="5" /></noscript>` : undefined
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - Sell sandbox</title>
        <link rel="icon" href="data:," />
        ${styleElement} ${reload}
      </head>
      <body>
        <header class="bar">
          <div>
            <a class="home" href="${home}">Sell sandbox</a>
            <small>Emulated contacts, no real account</small>
            ${toggle}
          </div>
        </header>
        <main>${content}</main>
        ${refreshes ? scriptElement : undefined}
      </body>
    </html>`
  return page.markup
}
