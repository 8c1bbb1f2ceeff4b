import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { type Job, type Manifest, ofKind, type Workload } from './manifests.ts'

/** What a Secret's key holds in a test, by the file that it is mounted as. */
function secretAt(file: string): string {
  return /\.(crt|key)$/.test(file)
    ? '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'
    : 'a-value\n'
}

/**
 * Writes below `folder` what the kubelet would mount into the pods of `workload`: ConfigMaps, and Secrets of which every
 * key is there. Paths within the configuration, which begin at the root, begin at `folder` then.
 */
export async function mountFiles(
  workload: Workload | Job,
  manifests: readonly Manifest[],
  folder: string,
): Promise<void> {
  const { volumes = [], containers } = workload.spec.template.spec
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts)
  for (const { name, mountPath } of mounts) {
    const place = path.join(folder, mountPath)
    await mkdir(place, { recursive: true })
    const { configMap, secret } = volumes.find((volume) => volume.name === name) ?? {}
    for (const { path: file } of secret?.items ?? []) await writeFile(path.join(place, file), secretAt(file))
    if (configMap === undefined) continue
    const { data = {} } =
      ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name === configMap.name) ?? {}
    for (const [file, text] of Object.entries(data)) {
      await writeFile(path.join(place, file), text.replaceAll(/: (\/(?:etc|var)\/)/g, `: ${folder}$1`))
    }
  }
}
