import type { Config } from '../config/config.ts'
import type { Logger } from '../telemetry/logger.ts'
import { sentenceOf } from './check/finding.ts'
import { connectBriefly } from './check/kafka.ts'
import { CommandFailed } from './command.ts'
import { type KafkaTools, realOutside } from './outside.ts'

/**
 * Kafka for a command that somebody waits for: where none answers, it rejects within seconds, with {@link CommandFailed} and what
 * to do, instead of trying for as long as a program does that runs by itself.
 */
export async function connectForCommand(config: Config, logger: Logger): Promise<KafkaTools> {
  const probe = await connectBriefly(config)
  if (probe.type === 'unreachable') throw new CommandFailed(sentenceOf(probe.problem))
  await probe.admin.disconnect()
  return realOutside.connectKafka(config, logger)
}
