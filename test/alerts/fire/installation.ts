import {
  type Application,
  type ApplicationOptions,
  type ApplicationProgram,
  createApplication,
  type StartOptions,
} from '../../support/application.ts'
import type { Targets } from './prometheus-server.ts'

/**
 * An application that Prometheus sees as an installation of its own: its targets have its name as their label `namespace`,
 * so what happens to it fires nothing elsewhere.
 */
export interface Installation {
  readonly namespace: string
  readonly app: Application
  /** Makes a program that was started otherwise a target. */
  expose(program: ApplicationProgram): Promise<void>
  /** Makes all of its programs targets no more. */
  hide(): Promise<void>
  /** Starts a program, which is a target from now on. */
  begin(options?: StartOptions): Promise<ApplicationProgram>
  /** {@link Installation.begin}, and waits until it is ready. */
  start(options?: StartOptions): Promise<ApplicationProgram>
  /** Starts a program over the stores and at the address of one that is gone; waits until it is ready. */
  restart(gone: ApplicationProgram, options?: StartOptions): Promise<ApplicationProgram>
  dispose(): Promise<void>
}

/** Makes an installation. Nothing of it runs but its emulator. */
export async function install(
  namespace: string,
  targets: Targets,
  options: ApplicationOptions,
): Promise<Installation> {
  const app = await createApplication(options)

  const expose: Installation['expose'] = async ({ url }) => targets.add(namespace, new URL(url).host)

  async function begin(startOptions: StartOptions = {}): Promise<ApplicationProgram> {
    const program = await app.start(startOptions)
    await expose(program)
    return program
  }

  async function start(startOptions: StartOptions = {}): Promise<ApplicationProgram> {
    const program = await begin(startOptions)
    await program.untilReady()
    return program
  }

  return {
    namespace,
    app,
    expose,
    hide: async () => targets.remove(namespace),
    begin,
    start,
    restart: async ({ stateDirectory, url }, startOptions = {}) =>
      start({ stateDirectory, port: Number(new URL(url).port), ...startOptions }),
    async dispose() {
      await targets.remove(namespace)
      await app.dispose()
    },
  }
}
