import { readdirSync, readFileSync } from 'node:fs'
import { testProfile } from '#test/services/setup.ts'
import { startWhence } from '#test/services/whence.ts'
import { generated, withBench } from './bench-sync.ts'
import { atMost, type Group } from './figures.ts'

const KB_OF_MB = 1024
const STOP_MS = 30_000

/** Returns the current or the peak memory in MB of a process and its descendants, summed. */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const line = status.split('\n').find((one) => one.startsWith(field))
  const own = Number(/\d+/.exec(line ?? '')?.[0] ?? 0) / KB_OF_MB
  return childrenOf(pid).reduce((sum, child) => sum + memoryOf(child, field), own)
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  )
}

/** Returns the peak of each of several equal periods, to show growth. */
function peaksOver(seen: number[], stretches: number): number[] {
  return Array.from({ length: stretches }, (_, index) => {
    const [start, end] = [index, index + 1].map((at) => (at * seen.length) / stretches)
    return Math.round(Math.max(0, ...seen.slice(start, end)))
  })
}

/** `whence serve` and `whence work` in production form during a sync. */
export const memory: Group = {
  needsData: false,
  async measure(sizes, say) {
    if (testProfile() === 'embedded') {
      say('left out: it is about the two processes of the external profile')
      return []
    }
    const slots = { extraction: 0, transform: 0, embedding: 0 }
    const setting = { source: generated(sizes.pulls), as: 'token' as const, options: { slots } }
    return withBench(setting, async ({ sync, standIn }) => {
      const { DATABASE_URL, REDIS_URL } = sync.services.config
      const environment = {
        DATABASE_URL,
        REDIS_URL,
        GITHUB_API_URL: standIn.url,
        GITHUB_TOKEN: standIn.personalToken,
        LOG_LEVEL: 'warn',
      }
      const web = startWhence(['serve'], environment)
      const address = (await web.says(/http:\/\/\S+/)).trim()
      const workers = startWhence(['work'], environment)
      await workers.says(/is ready/)
      const pids = [web, workers].map(({ child }) => child.pid as number)
      const seen: number[] = []
      const looking = setInterval(() => {
        seen.push(pids.reduce((sum, pid) => sum + memoryOf(pid, 'VmRSS'), 0))
        void fetch(address).catch(() => {})
      }, 2_000)
      const { overall } = await sync.sync({ mode: 'full' })
      clearInterval(looking)
      const peaks = pids.map((pid) => memoryOf(pid, 'VmHWM'))
      for (const { child } of [web, workers]) child.kill('SIGTERM')
      await Promise.race([
        Promise.all([web.ended, workers.ended]),
        new Promise((resolve) => setTimeout(resolve, STOP_MS)),
      ])
      const [webMb = 0, workersMb = 0] = peaks.map(Math.round)
      say(`most in each tenth of the time: ${peaksOver(seen, 10).join(', ')} MB`)
      say(`${overall}, web ${webMb} MB, workers ${workersMb} MB`)
      const what = `peak memory of web and workers, ${sizes.pulls} pull requests, MB`
      const note = `web ${webMb}, workers ${workersMb}`
      return [atMost(what, webMb + workersMb, { must: 800, aim: 500, note })]
    })
  },
}
