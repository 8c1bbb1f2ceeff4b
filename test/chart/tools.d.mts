/** The oldest Kubernetes that the chart takes, and a new one. */
export const kubernetesVersions: readonly string[]
/** Helm's program. */
export const helmProgram: string
/** The folders of schemas, one for each module. */
export const schemaFolders: readonly string[]
