import { setTimeout as sleep } from 'node:timers/promises'
import { openPipeline } from '#server/pipeline.ts'
import { startOpenaiStandIn } from '#test/openai/stand-in.ts'
import { startWorkers } from '#workers/index.ts'
import { generated, type Sync, withBench } from './bench-sync.ts'
import { atLeast, type Group } from './figures.ts'

const MOST = { inputs: 2_048, tokens: 300_000 }
const LOOK_MS = 200

/** Waits until nothing but the embedding of pull requests is left to do. @returns how many wait. */
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
    await sleep(LOOK_MS)
  }
}

/** How full the requests are that a backlog is sent in; the last one holds what is left. */
export const embeddingFill: Group = {
  needsData: false,
  async measure(sizes, say) {
    const openai = await startOpenaiStandIn()
    const options = {
      config: { OPENAI_BASE_URL: openai.url },
      slots: { extraction: 2, transform: 2, embedding: 0 },
    }
    const source = generated(sizes.pulls)
    const figures = await withBench({ source, as: 'token', options }, async ({ sync }) => {
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
      // Those of repositories came before: few passages, and no backlog of them.
      const fills = openai.requests.map(({ inputs, tokens }) =>
        Math.max(inputs.length / MOST.inputs, tokens / MOST.tokens),
      )
      const own = fills.slice(fills.findIndex((fill) => fill > 0.5))
      const full = own.toSorted((a, b) => b - a).slice(0, -1)
      const mean = full.reduce((sum, fill) => sum + fill, 0) / full.length
      say(`${overall}, ${backlog} pull requests waited: ${own.map((fill) => fill.toFixed(2))}`)
      const note = `${full.length} requests and a last one, ${backlog} pull requests`
      return [
        atLeast("fill of a backlog's embedding requests", mean, { must: 0.9, aim: 0.95, note }),
      ]
    })
    await openai.close()
    return figures
  },
}
