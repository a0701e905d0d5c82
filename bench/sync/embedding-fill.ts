import { setTimeout as sleep } from 'node:timers/promises'
import { openPipeline } from '#server/services/pipeline.ts'
import type { Source } from '#test/github/sources/sources.ts'
import { startOpenaiStandIn } from '#test/openai/stand-in.ts'
import { startWorkers } from '#workers/index.ts'
import { generated, hasData, REAL, type Sync, withBench } from './bench-sync.ts'
import { atLeast, type Figure, type Group } from './figures.ts'

const MOST = { inputs: 2_048, tokens: 300_000 }
const POLL_MS = 200
/** A request with fewer inputs contains repositories, not pull requests. */
const LEAST = 20

/** Waits until only the embedding of pull requests is left. @returns the size of that backlog. */
async function backlogOf({ pool }: Sync): Promise<number> {
  for (;;) {
    const { rows } = await pool.query<{ waiting: number; others: number }>(
      `select coalesce(sum(s.open) filter (where s.position = (select max(position) from stage)), 0)::int
           as waiting,
         coalesce(sum(s.open) filter (where s.stage <> 'embedding'), 0)::int as others
       from stage s join run r on r.id = s.run_id and r.finished_at is null`,
    )
    const [row] = rows
    if (row && row.waiting > 0 && row.others === 0) return row.waiting
    await sleep(POLL_MS)
  }
}

async function fillOf(name: string, source: Source, say: (text: string) => void): Promise<Figure> {
  const openai = await startOpenaiStandIn()
  const options = {
    config: { OPENAI_BASE_URL: openai.url },
    slots: { extraction: 2, transform: 2, embedding: 0 },
  }
  const figure = await withBench({ source, as: 'token', options }, async ({ sync }) => {
    const job = sync.sync({ mode: 'full' })
    const backlog = await backlogOf(sync)
    const embedders = await startWorkers({
      ...sync.services,
      ...openPipeline(sync.services),
      tasks: [],
      slots: { extraction: 0, transform: 0, embedding: 2 },
      timings: { sweep: 100 },
    })
    const { overall } = await job
    await embedders.close()
    // A few passages of repositories may precede it, and the last request holds the remainder.
    const fills = openai.requests
      .filter(({ inputs }) => inputs.length >= LEAST)
      .map(({ inputs, tokens }) => Math.max(inputs.length / MOST.inputs, tokens / MOST.tokens))
    const full = fills.toSorted((a, b) => b - a).slice(0, Math.max(1, fills.length - 1))
    const mean = full.reduce((sum, fill) => sum + fill, 0) / full.length
    const texts = await textsOf(sync)
    say(`${name}: ${overall}, ${backlog} waited: ${fills.map((fill) => fill.toFixed(2))}`)
    const note = `${fills.length} requests, ${backlog} pull requests, ${texts} % of texts differ`
    const what = `fill of a backlog's embedding requests, ${name}`
    return atLeast(what, mean, { must: 0.9, aim: 0.95, note })
  })
  await openai.close()
  return figure
}

/** Returns the percentage of passages with distinct text; equal texts are embedded once. */
async function textsOf({ pool }: Sync): Promise<number> {
  const { rows } = await pool.query<{ share: number }>(
    'select round(100.0 * count(distinct content_hash) / count(*))::int as share from passage',
  )
  return rows[0]?.share ?? 0
}

/** Fill of the embedding requests for a backlog. */
export const embeddingFill: Group = {
  needsData: false,
  async measure(sizes, say) {
    const figures: Figure[] = []
    if (hasData()) figures.push(await fillOf('real data', REAL, say))
    figures.push(await fillOf(`generated ${sizes.pulls}`, generated(sizes.pulls), say))
    return figures
  },
}
