import type { Config } from '#app/config/env.server.ts'
import { type Trial, tryProvider } from '#app/embeddings/try-provider.ts'
import { PASSAGE_TOKENS } from '#app/passages/split.ts'
import { type Finding, failure } from './findings.ts'

const HINT = 'Correct OPENAI_BASE_URL, OPENAI_API_KEY and EMBEDDING_MODEL, or start the provider.'

/** Tries the configured provider. */
export async function examineProvider(config: Config, signal: AbortSignal): Promise<Finding> {
  try {
    const trial = await tryProvider(config, signal)
    return trial
      ? describeTrial(trial)
      : { level: 'ok', message: 'none: search goes by words alone' }
  } catch (error) {
    return failure(error)
  }
}

function describeTrial({ name, problem, dimensions, ms, longest, reason }: Trial): Finding {
  if (problem !== null) return { level: 'fail', message: `${name}: ${problem}`, hint: HINT }
  const tried = `${name}: ${dimensions} values in ${ms} ms`
  if (longest === null)
    return {
      level: 'fail',
      message: `${tried}, but it takes no long text${reason === null ? '' : `: ${reason}`}`,
      hint: 'Use a model with a longer context.',
    }
  const message = `${tried}, texts up to ${longest} tokens`
  if (longest >= PASSAGE_TOKENS) return { level: 'ok', message }
  return {
    level: 'warn',
    message: `${message}; it refuses or cuts longer ones, so that they are embedded in parts`,
    hint: `Use a model that reads ${PASSAGE_TOKENS} tokens for better vectors of long texts.`,
  }
}
