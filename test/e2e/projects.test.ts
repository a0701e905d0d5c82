import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWeb, type Web } from '#server/web.ts'
import { describeWithBrowser } from '../services/requirements.ts'
import { type CodeGithub, startCodeGithub } from '../support/code/code-github.ts'
import { openCodeWhence } from '../support/code/open-code.ts'
import { launchBrowser, violations } from './browser.ts'

const PHONE = { width: 360, height: 740 }

describeWithBrowser('the page of projects', (executablePath) => {
  let browser: Browser
  let github: CodeGithub
  let whence: Awaited<ReturnType<typeof openCodeWhence>>
  let web: Web

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
    github = await startCodeGithub()
    github.commit('acme/engine', { 'src/parse.c': 'int parse_header(int length);\n' })
    whence = await openCodeWhence(github, { PORT: 0 })
    web = await startWeb(whence.services)
  })
  afterAll(async () => {
    await browser.close()
    await web.close()
    await whence.close()
    await github.stop()
  })

  test('leads from nothing to a file that was found, and to nothing again, without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${web.url}/projects`)
    expect(await page.getByText('No code is ingested.').count()).toBe(1)
    await page.getByLabel('Repository', { exact: true }).fill('https://github.com/acme/engine')
    await page.getByLabel('Project', { exact: true }).fill('core')
    await page.getByRole('button', { name: 'Ingest' }).click()
    expect(await page.getByRole('main').textContent()).toContain('The repository is on github.com')
    expect(await page.getByLabel('Project', { exact: true }).inputValue()).toBe('core')
    await page.getByLabel('Repository', { exact: true }).fill('acme/engine')
    await page.getByRole('button', { name: 'Ingest' }).click()
    expect(await page.getByRole('main').textContent()).toContain(
      'Requested job 1: acme/engine (main) into core/engine.',
    )
    await whence.ended('1')
    await page.goto(`${web.url}/projects`)
    expect(await page.getByRole('row', { name: /core\/engine acme\/engine/ }).count()).toBe(1)
    await page.goto(`${web.url}/search?q=parse+header&type=code`)
    await page.getByRole('link', { name: 'src/parse.c' }).click()
    expect(await page.getByText('parse_header').count()).toBeGreaterThan(0)
    await page.goto(`${web.url}/projects`)
    const again = page.getByRole('region', { name: 'Indexing again' })
    await again.getByText('core/engine').click()
    await again.getByLabel('Schedule').fill('now and then')
    await again.getByRole('button', { name: 'Save core/engine' }).click()
    expect(await page.getByRole('main').textContent()).toContain('"now and then" is not a schedule')
    await again.getByText('core/engine').click()
    await again.getByLabel('Schedule').fill('6h')
    await again.getByLabel('Priority').selectOption('After the other work')
    await again.getByRole('button', { name: 'Save core/engine' }).click()
    expect(await page.getByRole('main').textContent()).toContain('Saved core/engine.')
    expect(await again.textContent()).toContain('every 6 hours, after the other work')
    await page.getByText('Delete core/engine').click()
    await page.getByLabel('Type engine to confirm').fill('engine')
    await page.getByRole('button', { name: 'Delete permanently' }).click()
    expect(await page.getByRole('main').textContent()).toContain('Deleted engine with 1 chunk.')
  })

  test('follows an ingest from its turn to its end, without being loaded again', async () => {
    const first = github.commit('acme/live', { 'a.c': 'int first;\n' })
    github.commit('acme/live', { 'a.c': 'int second;\n' })
    let isReleased = false
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    github.intercept = ({ url = '' }, response) => {
      if (!url.startsWith('/acme/live.git') || isReleased) return false
      void held.then(() => response.writeHead(500).end())
      return true
    }
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (/error|warning/.test(message.type()) && !/422/.test(message.text()))
        complaints.push(message.text())
    })
    await page.goto(`${web.url}/projects`)
    await page.evaluate('globalThis.isSamePage = true')
    const { jobId } = await whence.request('acme/live')
    const next = await whence.request('acme/live', { sha: first })
    const row = (id: string) => page.locator(`[data-job="${id}"]`)
    await row(jobId).getByText('Cloning repository…').waitFor()
    await row(jobId).getByText('running', { exact: true }).waitFor()
    await row(next.jobId).getByText(`Waits for job ${jobId}, which ingests the same`).waitFor()
    await row(next.jobId).getByText('queued', { exact: true }).waitFor()
    release()
    await row(jobId).getByText('retrying', { exact: true }).waitFor()
    await row(jobId).getByText('The server of the repository did not answer').waitFor()
    await row(next.jobId).getByRole('button', { name: 'Cancel' }).click()
    await page.getByText(`Cancelled job ${next.jobId}.`).waitFor()
    // The next attempt would come before the click.
    const later = `update work_item set not_before = now() + interval '1 hour'
      where run_id = $1 and reason = 'retrying' and not_before > clock_timestamp()`
    await expect
      .poll(async () => (await whence.pool.query(later, [jobId])).rowCount, { timeout: 20_000 })
      .toBe(1)
    isReleased = true
    await row(jobId).getByRole('button', { name: 'Try now' }).click()
    await page.getByText(`Retrying 1 work item of job ${jobId}.`).waitFor()
    const history = page.getByRole('region', { name: 'History' })
    await history.locator(`[data-job="${jobId}"]`).getByText('1 file, 1 changed').waitFor()
    expect(await row(next.jobId).textContent()).toContain('cancelled')
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true)
    expect(complaints).toEqual([])
    github.intercept = null
  })

  test('lists the jobs that have ended by result and project, with cause and hint', async () => {
    github.commit('acme/gone', { 'a.c': 'int a;\n' })
    github.intercept = ({ url = '' }, response) => {
      if (!url.startsWith('/acme/gone.git')) return false
      response.writeHead(404).end()
      return true
    }
    const { id } = await whence.ingest('acme/gone', {}, 'other')
    github.intercept = null
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${web.url}/projects`)
    await page.getByLabel('Result').selectOption('failed')
    await page.getByRole('region', { name: 'History' }).getByLabel('In project').fill('other')
    await page.getByRole('button', { name: 'Filter' }).click()
    const rows = page.getByRole('region', { name: 'History' }).getByRole('listitem')
    expect(await rows.count()).toBe(1)
    const text = await rows.textContent()
    expect(text).toContain('The repository does not exist, or this credential may not read it')
    expect(text).toContain('Check the name')
    await rows.getByRole('button', { name: 'Retry failed' }).click()
    expect(await page.getByRole('main').textContent()).toContain(
      `Retrying 1 work item of job ${id}`,
    )
    expect(new URL(page.url()).search).toMatch(/^\?status=failed&of=other&notice=/)
    expect((await whence.ended(id as string)).overall).toBe('finished')
    await page.goto(`${web.url}/projects?status=nonsense&of=Not+a+name&before=x`)
    expect(await page.getByRole('region', { name: 'History' }).getByRole('listitem').count()).toBe(
      await page.goto(`${web.url}/projects`).then(() => rows.count()),
    )
    await page.goto(`${web.url}/projects?before=${id}`)
    await page.getByRole('link', { name: 'Newest jobs' }).click()
    expect(await rows.count()).toBeGreaterThan(0)
  })

  test.each(['light', 'dark'] as const)(
    'has no flaws on a phone in the %s theme',
    async (colorScheme) => {
      await whence.ingest('acme/engine', {}, 'shown')
      const context = await browser.newContext({ colorScheme, viewport: PHONE })
      const page = await context.newPage()
      await page.goto(`${web.url}/projects`)
      for (const closed of await page.locator('summary').all()) await closed.click()
      expect(await violations(page)).toEqual([])
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      expect(wide).toBeLessThanOrEqual(PHONE.width)
    },
  )
})
