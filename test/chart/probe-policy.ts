import type { Container, PodTemplate, Probe } from './manifests.ts'

/** Where Kubernetes would not learn, or learn too soon, how a pod is; none when all is well. */
export function badProbes({ spec }: PodTemplate): readonly string[] {
  return spec.containers.flatMap((container) => [
    // Until the server listens: Kafka and the registry may be slow, and a pod must not be killed for that.
    ...badProbe(container, 'startupProbe', '/live', 120),
    // No record comes in an outage of Kafka, so that /live fails; it must not restart what goes on by itself afterwards.
    ...badProbe(container, 'livenessProbe', '/live', 240),
    ...badProbe(container, 'readinessProbe', '/ready', 10),
  ])
}

function badProbe(
  container: Container,
  kind: 'startupProbe' | 'livenessProbe' | 'readinessProbe',
  path: string,
  leastSeconds: number,
): readonly string[] {
  const probe: Probe | undefined = container[kind]
  const { httpGet, periodSeconds = 0, timeoutSeconds = 0, failureThreshold = 0 } = probe ?? {}
  const port = container.ports?.find(({ name }) => name === httpGet?.port)
  const problems = [
    ...(httpGet?.path === path ? [] : [`does not ask ${path}`]),
    ...(port === undefined ? ['asks no port of the container'] : []),
    ...(timeoutSeconds < 2 ? ['gives up within two seconds'] : []),
    ...(periodSeconds * failureThreshold < leastSeconds ? [`fails within ${leastSeconds} s`] : []),
  ]
  return problems.map((problem) => `${kind} of ${container.name} ${problem}`)
}
