import { type Container, containersOf, type PodTemplate } from './manifests.ts'

/** Where a pod may do more than Kubernetes' "restricted" standard allows, or needs; none when it may not. */
export function badPrivileges(template: PodTemplate): readonly string[] {
  const { spec } = template
  const context = spec.securityContext ?? {}
  return [
    ...unless(spec.automountServiceAccountToken === false, 'the pod mounts a token of the API server'),
    ...unless(
      spec.hostNetwork !== true && spec.hostPID !== true && spec.hostIPC !== true,
      'the pod shares the node',
    ),
    ...unless(context.runAsNonRoot === true, 'the pod may run as root'),
    ...unless(
      ![context.runAsUser, context.runAsGroup, context.fsGroup].includes(0),
      'the pod has an id of root',
    ),
    ...unless(context.seccompProfile?.type === 'RuntimeDefault', 'the pod has no seccomp profile'),
    ...containersOf(template).flatMap(badContainer),
  ]
}

function badContainer(container: Container): readonly string[] {
  const { name, resources = {}, ports = [] } = container
  return [
    ...badContext(container),
    ...unless(
      ports.every(({ hostPort }) => hostPort === undefined),
      `${name} has a port of the node`,
    ),
    ...unless(resources.requests?.['cpu'] !== undefined, `${name} requests no processor time`),
    ...unless(resources.requests?.['memory'] !== undefined, `${name} requests no memory`),
    ...unless(resources.limits?.['memory'] !== undefined, `${name} has no limit of memory`),
  ]
}

function badContext({ name, securityContext: context = {} }: Container): readonly string[] {
  const { drop = [], add = [] } = context.capabilities ?? {}
  return [
    ...unless(context.runAsNonRoot === true && context.runAsUser !== 0, `${name} may run as root`),
    ...unless(context.allowPrivilegeEscalation === false, `${name} may gain privileges`),
    ...unless(context.privileged === false, `${name} is privileged`),
    ...unless(context.readOnlyRootFilesystem === true, `${name} can write its own files`),
    ...unless(drop.includes('ALL') && add.length === 0, `${name} keeps capabilities`),
    ...unless(context.seccompProfile?.type === 'RuntimeDefault', `${name} has no seccomp profile`),
    ...unless(
      context.procMount === undefined || context.procMount === 'Default',
      `${name} sees all of /proc`,
    ),
  ]
}

function unless(holds: boolean, breach: string): readonly string[] {
  return holds ? [] : [breach]
}
