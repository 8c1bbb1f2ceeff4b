import type { Config } from '../../../src/config/config.ts'
import { configWith, createConfigFolder } from '../config/config-folder.ts'

/** The least configuration with these sections at its end, as the program loads it. */
export async function loadConfigWith(...sections: readonly string[]): Promise<Config> {
  return loadText(configWith({}, ...sections))
}

/** The least configuration with another `mapping:` section. */
export async function loadConfigMapping(mapping: string): Promise<Config> {
  return loadText(configWith({ mapping }))
}

async function loadText(text: string): Promise<Config> {
  const folder = createConfigFolder()
  try {
    const loaded = await folder.load(text)
    if (loaded.type === 'invalid') throw new Error(JSON.stringify(loaded.problems))
    return loaded.config
  } finally {
    folder.remove()
  }
}
