/** What is wrong with a Node.js version such as `20.19.4`, or undefined when it is 20.19 or newer. */
export function nodeProblem(version: string): string | undefined

/**
 * Whether node_modules/.package-lock.json (its text, if there is one) describes the installation that package-lock.json
 * (its text) asks for.
 */
export function isInstalled(lockText: string, installedText: string | undefined): boolean

/** Completes the installation with npm, its output on stderr, unless it is complete; rejects when that fails. */
export function ensureInstalled(): Promise<void>
