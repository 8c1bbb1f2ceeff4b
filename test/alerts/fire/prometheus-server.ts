import { rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'yaml'

import type { StartedPart } from '../../../sandbox/parts/options.ts'
import { type ServerKind, startServer } from '../../../sandbox/parts/start-server.ts'
import { cacheDirOf } from '../../../sandbox/paths.ts'
import { silent } from '../../../sandbox/progress.ts'
import { readAlerts, readRules, type SeenAlert, type SeenRule } from './answers.ts'

/** How often Prometheus scrapes, and how often it evaluates the rules. */
export const intervalMs = 1000

const deadlineMs = 60_000
const graceMs = 5000
const answerWithinMs = 5000

/** A Prometheus on loopback that scrapes all {@link Targets}. */
export interface RunningPrometheus extends Pick<StartedPart, 'stop'> {
  alerts(): Promise<readonly SeenAlert[]>
  rules(): Promise<readonly SeenRule[]>
  /** How many series a PromQL expression finds now. */
  count(expr: string): Promise<number>
}

/** What a Prometheus is started with. */
export interface PrometheusOptions {
  /** The program. */
  readonly command: string
  readonly rulesFile: string
  readonly targetsFile: string
  /** How long a series without new samples counts. */
  readonly lookbackMs: number
}

/** Starts a Prometheus and waits until it serves. Ends with this process, however that ends. */
export async function startPrometheus(options: PrometheusOptions): Promise<RunningPrometheus> {
  const context = {
    port: undefined,
    env: process.env,
    cacheDir: cacheDirOf(process.env),
    progress: silent,
    signal: undefined,
  }
  const { port, stop } = await startServer(prometheusServer(options), context)
  const ask = async (place: string): Promise<unknown> =>
    (
      await fetch(`http://127.0.0.1:${port}/api/v1${place}`, { signal: AbortSignal.timeout(answerWithinMs) })
    ).json()
  return {
    stop,
    alerts: async () => readAlerts(await ask('/alerts')),
    rules: async () => readRules(await ask('/rules')),
    async count(expr) {
      const answer = (await ask(`/query?query=${encodeURIComponent(expr)}`)) as {
        readonly data?: { readonly result?: readonly unknown[] }
      }
      return answer.data?.result?.length ?? 0
    },
  }
}

function prometheusServer(options: PrometheusOptions): ServerKind {
  return {
    part: 'prometheus',
    ports: 1,
    deadlineMs,
    graceMs,
    plan: async (dir, [port = 0]) => {
      const config = path.join(dir, 'prometheus.yaml')
      const every = `${intervalMs}ms`
      await writeFile(
        config,
        stringify({
          global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
          rule_files: [options.rulesFile],
          scrape_configs: [
            {
              job_name: 'zendesk-activation',
              file_sd_configs: [{ files: [options.targetsFile], refresh_interval: '1s' }],
            },
          ],
        }),
      )
      return {
        command: options.command,
        args: [
          `--config.file=${config}`,
          `--storage.tsdb.path=${path.join(dir, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          `--query.lookback-delta=${options.lookbackMs}ms`,
        ],
        ready: async () => (await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => ({ ok: false }))).ok,
      }
    },
  }
}

/** What Prometheus scrapes: addresses by the namespace of their installation, in a file that it watches. */
export interface Targets {
  readonly file: string
  add(namespace: string, address: string): Promise<void>
  remove(namespace: string): Promise<void>
}

/** No targets yet; their file is in `folder`. */
export function createTargets(folder: string): Targets {
  const file = path.join(folder, 'targets.json')
  const addresses = new Map<string, Set<string>>()
  let last = Promise.resolve()

  /** In turn, and as a whole: Prometheus reads the file when it likes. */
  async function write(): Promise<void> {
    last = last.then(async () => {
      const groups = [...addresses].map(([namespace, found]) => ({
        targets: [...found],
        labels: { namespace },
      }))
      await writeFile(`${file}.new`, JSON.stringify(groups))
      await rename(`${file}.new`, file)
    })
    await last
  }

  return {
    file,
    async add(namespace, address) {
      addresses.set(namespace, new Set([...(addresses.get(namespace) ?? []), address]))
      await write()
    },
    async remove(namespace) {
      addresses.delete(namespace)
      await write()
    },
  }
}
