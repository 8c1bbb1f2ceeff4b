import { readFileSync } from 'node:fs'

/** The repository's folder. */
export const repository = new URL('../../', import.meta.url)

/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  readonly name: string
  readonly words: string
}

/** A COPY: what is copied, where to, and from which stage (`null`: the build context). */
export interface Copy {
  readonly sources: readonly string[]
  readonly target: string
  readonly from: string | null
}

/** A stage of a Dockerfile: what follows a FROM. */
export interface BuildStage {
  readonly base: string
  readonly name: string | null
  readonly instructions: readonly Instruction[]
}

/** The stages of the Dockerfile in `text`, the last of which is the image. */
export function parseDockerfile(text: string): readonly BuildStage[] {
  const stages: { base: string; name: string | null; instructions: Instruction[] }[] = []
  for (const instruction of instructionsOf(text)) {
    if (instruction.name === 'FROM') {
      const [base = '', , name = null] = instruction.words.split(/\s+/)
      stages.push({ base, name, instructions: [] })
    } else {
      const stage = stages.at(-1)
      if (stage === undefined) throw new Error(`${instruction.name} stands before any FROM`)
      stage.instructions.push(instruction)
    }
  }
  return stages
}

/** The repository's Dockerfile. */
export function readDockerfile(): readonly BuildStage[] {
  return parseDockerfile(readFileSync(new URL('Dockerfile', repository), 'utf8'))
}

/** What a stage copies, in order. */
export function copiesOf(stage: BuildStage): readonly Copy[] {
  return stage.instructions
    .filter(({ name }) => name === 'COPY' || name === 'ADD')
    .map(({ words }) => {
      const all = words.split(/\s+/)
      const places = all.filter((word) => !word.startsWith('--'))
      const from = all.find((word) => word.startsWith('--from='))?.slice('--from='.length) ?? null
      return { sources: places.slice(0, -1), target: places.at(-1) ?? '', from }
    })
}

function instructionsOf(text: string): readonly Instruction[] {
  const joined = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ')
  return joined
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [name = ''] = line.split(/\s+/, 1)
      return { name: name.toUpperCase(), words: line.slice(name.length).trim() }
    })
}
