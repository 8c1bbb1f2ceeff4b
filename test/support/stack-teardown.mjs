// Jest's globalTeardown: stops what `stack-setup.mjs` started.

/** Resolves when nothing of the shared stack runs any more. */
export default async function stopSharedStack() {
  await globalThis.stopSharedStack?.()
}
