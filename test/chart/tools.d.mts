/** The oldest Kubernetes that the chart takes, and a new one. */
export const kubernetesVersions: readonly string[]

/** Helm's program. */
export const helmProgram: string

/** The folders of schemas, one for each module. */
export const schemaFolders: readonly string[]

/** Where everything is kept, and the programs that may be Go. */
export interface Places {
  readonly cache: string
  readonly goPrograms: readonly string[]
}

/** Builds and downloads what is missing; why the chart cannot be tested here, or undefined where it can. */
export function prepareChartTools(where?: Places): Promise<string | undefined>
