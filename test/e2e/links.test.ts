import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWeb, type Web } from '#server/web.ts'
import { type StandIn, startStandIn } from '../github/stand-in.ts'
import { openSync } from '../support/sync.ts'

let standIn: StandIn
let sync: Awaited<ReturnType<typeof openSync>>
let web: Web
const answers = new Map<string, Promise<{ status: number; text: string }>>()

beforeAll(async () => {
  standIn = await startStandIn({ sources: [{ kind: 'demo' }], linksToItself: true })
  sync = await openSync(standIn, 'app')
  await sync.sync({ mode: 'full' })
  web = await startWeb({ ...sync.services, config: { ...sync.services.config, PORT: 0 } })
}, 60_000)
afterAll(async () => {
  await web.close()
  await sync.close()
  await standIn.stop()
})

/** Reads a page as a browser does, once. */
function read(url: URL): Promise<{ status: number; text: string }> {
  const { href } = new URL(url.pathname + url.search, url)
  const known = answers.get(href)
  if (known) return known
  const answer = fetch(href, { headers: { accept: 'text/html' } }).then(async (response) => ({
    status: response.status,
    text: await response.text(),
  }))
  answers.set(href, answer)
  return answer
}

function linksOf(text: string, page: URL): URL[] {
  const found = [...text.matchAll(/<a [^>]*href="([^"]*)"/g)]
  return found.map(([, href = '']) => new URL(href.replaceAll('&amp;', '&'), page))
}

/** Returns what is wrong with a link: another server, no page, or no such place on it. */
async function faultOf(link: URL): Promise<string | null> {
  if (![web.url, standIn.url].includes(link.origin)) return `${link} leads elsewhere`
  const { status, text } = await read(link)
  if (status !== 200) return `${link} is answered with ${status}`
  const id = decodeURIComponent(link.hash.slice(1))
  return id === '' || text.includes(` id="${id}"`) ? null : `${link} has no such place`
}

const PAGES = [
  '/',
  '/jobs',
  '/search',
  '/search?q=why+did+we+drop+the+cache%3F',
  '/search?q=is%3Amerged',
  '/pulls/saltmarsh/quay/12',
  '/installations/1/settings',
]

test.each(PAGES)('no link of %s is dead', async (path) => {
  const page = new URL(path, web.url)
  const { status, text } = await read(page)
  expect(status).toBe(200)
  const links = linksOf(text, page)
  expect(links.length).toBeGreaterThan(0)
  const faults = await Promise.all(links.map(faultOf))
  expect(faults.filter((fault) => fault !== null)).toEqual([])
})

test('no link of any conversation is dead, and references stay in Whence', async () => {
  const inner = new Set<string>()
  for (const { fullName, pulls } of everyPull())
    for (const number of pulls) {
      const page = new URL(`/pulls/${fullName}/${number}`, web.url)
      const links = linksOf((await read(page)).text, page)
      const faults = await Promise.all(links.map(faultOf))
      expect(faults.filter((fault) => fault !== null)).toEqual([])
      for (const { origin, pathname } of links) if (origin === web.url) inner.add(pathname)
    }
  expect([...inner].filter((path) => path.startsWith('/pulls/')).length).toBeGreaterThan(20)
}, 120_000)

function everyPull(): { fullName: string; pulls: number[] }[] {
  return [...standIn.world.repositories.values()].map(({ owner, name, pulls }) => ({
    fullName: `${owner.login}/${name}`,
    pulls: [...pulls.keys()],
  }))
}
