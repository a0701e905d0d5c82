/** Finds an embedding model of a local Ollama, to offer it. Nothing is sent to it but questions about it. */
import { z } from 'zod'
import { fetchWithin } from '#app/config/fetch-within.server.ts'

const ADDRESS = 'http://127.0.0.1:11434'
const DEADLINE_MS = 1_000
/** Families and names of embedding models; other models have vectors too, but bad ones. */
const EMBEDDING = /bert|embed|bge|minilm|arctic|\be5\b|\bgte\b/i

const models = z.object({
  models: z.array(
    z.object({ name: z.string(), details: z.object({ family: z.string() }).partial().optional() }),
  ),
})
const shown = z.object({ model_info: z.record(z.string(), z.unknown()) })

export interface OfferedModel {
  /** The value for OPENAI_BASE_URL. */
  baseUrl: string
  model: string
  dimensions: number
}

/** Returns the first embedding model, or null if there is none, or no Ollama answers within a second. */
export async function findOllama(address = ADDRESS): Promise<OfferedModel | null> {
  try {
    const { models: found } = models.parse(await ask(`${address}/api/tags`))
    const model = found.find(({ name, details }) =>
      EMBEDDING.test(`${name} ${details?.family ?? ''}`),
    )
    if (!model) return null
    const body = JSON.stringify({ model: model.name })
    const { model_info: facts } = shown.parse(await ask(`${address}/api/show`, body))
    const [, length] =
      Object.entries(facts).find(([key]) => key.endsWith('.embedding_length')) ?? []
    if (typeof length !== 'number') return null
    const name = model.name.replace(/:latest$/, '')
    return { baseUrl: `${address}/v1`, model: name, dimensions: length }
  } catch {
    // Most machines have no Ollama, and another program may listen at its port.
    return null
  }
}

async function ask(url: string, body?: string): Promise<unknown> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const answer = await fetchWithin(url, { signal, ...(body && { method: 'POST', body }) })
  return answer.json()
}
