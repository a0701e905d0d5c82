import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { RateLimitedError } from '#app/config/errors.server.ts'
import { startWeb, type Web } from '#server/web.ts'
import type { WorkerProcess } from '#workers/index.ts'
import { describeWithBrowser } from '../services/requirements.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { addPull, addRepository, insert } from '../support/laid-rows.ts'
import { requestEverything, runEnded, startRehearsal } from '../support/ledger-checks.ts'
import { addInstallation, createEffects, type Troubles } from '../support/rehearsal.ts'
import { launchBrowser, violations } from './browser.ts'

const SIZE = { repositories: 2, pages: 2, perPage: 3 }

describeWithBrowser('the home page', (executablePath) => {
  let browser: Browser
  let opened: TestServices
  let web: Web
  let complaints: string[] = []
  const workers: WorkerProcess[] = []

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    complaints = []
    opened = await openTestServices()
    await createEffects(opened.services.database.pool)
    web = await startWeb({
      ...opened.services,
      config: { ...opened.services.config, PORT: 0 },
    })
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    await web.close()
    await Promise.all(workers.splice(0).map((worker) => worker.close()))
    await opened.close()
    expect(complaints).toEqual([])
  })

  async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    page.on('console', (message) => {
      if (/error|warning/.test(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(web.url)
    return page
  }

  async function startWorker(options: Parameters<typeof startRehearsal>[1]): Promise<void> {
    workers.push(await startRehearsal(opened.services, options))
  }

  async function requestRun(): Promise<string> {
    const { database } = opened.services
    return (await requestEverything(database, await addInstallation(database))).runId
  }

  test('shows services and missing credentials before anything is configured', async () => {
    const page = await openPage()
    await page.getByText('No installations yet').waitFor()
    await page.getByText('No worker is running').waitFor()
    await page.getByText('PostgreSQL').first().waitFor()
    await page.getByText('No GitHub credentials are configured.').waitFor()
    expect(await page.title()).toBe('Whence')
    expect(await violations(page)).toEqual([])
  })

  test('follows a run from start to end', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const runId = await requestRun()
    const page = await openPage()
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('Stalled: no worker is running').waitFor()
    await startWorker({
      size: SIZE,
      visited: async (place) => {
        if (place === 'github_prs_commits_reviews_comments/transform') await held
      },
    })
    await card.getByText('running').first().waitFor()
    await card.getByText('4 calls answered').waitFor()
    expect(await violations(page)).toEqual([])
    release()
    expect(await runEnded(opened.services.database.pool, runId)).toBe('finished')
    await expect.poll(() => card.getByText('finished').count(), { timeout: 15_000 }).toBe(7)
    expect(await card.getByText('12 answers stored').count()).toBe(1)
    expect(await card.getByText('12 pull requests embedded').count()).toBe(1)
  })

  test('names the items that a run failed to process', async () => {
    const runId = await requestRun()
    const trouble = { 'pull-request:0:0:1': 'gap', 'pull-request:1:0:2': 'fail' } as const
    await startWorker({ size: SIZE, trouble })
    await runEnded(opened.services.database.pool, runId)
    const page = await openPage()
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('1 failed, 1 gap: show them').click()
    await card.getByText('pull-request:0:0:1').waitFor()
    await card.getByText('the rehearsal gave nothing').waitFor()
    expect(await violations(page)).toEqual([])
  })

  test('distinguishes a paused job from one without workers', async () => {
    await requestRun()
    const until = new Date(Date.now() + 3_600_000)
    await startWorker({
      size: SIZE,
      visited: () => {
        throw new RateLimitedError('the budget of this hour is used up', until)
      },
    })
    const page = await openPage()
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('the budget of this hour is used up').first().waitFor()
    await card.getByText('paused', { exact: true }).first().waitFor()
    const pause = card.locator(`time[datetime="${until.toISOString()}"]`)
    await pause.first().waitFor()
    await card.getByText(/^Paused until .*: the budget of this hour is used up/).waitFor()
    expect(await violations(page)).toEqual([])

    await Promise.all(workers.splice(0).map((worker) => worker.close()))
    await page.getByText(/^No worker is running/).waitFor()
    await card.getByText('Stalled: no worker is running').waitFor()
    expect(await card.getByText('stalled', { exact: true }).count()).toBe(2)
    expect(await violations(page)).toEqual([])
  })

  test('requests a sync, cancels it, and explains why a second cancel fails', async () => {
    await addInstallation(opened.services.database)
    const page = await openPage()
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('Never synced.').waitFor()
    await card.getByRole('button', { name: 'Sync now' }).click()
    await page.getByText('Requested job 1. Starts now.').waitFor()
    await card.getByText('stalled').first().waitFor()
    await card.getByRole('button', { name: 'Sync now' }).click()
    await page.getByText('Job 1 already covers this request.').waitFor()
    expect(await violations(page)).toEqual([])

    // Another tab that does not know yet that the job was cancelled here.
    const other = await openPage({ javaScriptEnabled: false })
    await card.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Cancelled job 1.').waitFor()
    await card.getByText('cancelled', { exact: true }).first().waitFor()
    await other.getByRole('button', { name: 'Cancel' }).click()
    await other.getByText(/^Job 1 is cancelled: it is not open/).waitFor()
    expect(await page.getByText(/it is not open/).count()).toBe(0)
  })

  test('retries failed work items', async () => {
    const runId = await requestRun()
    const trouble: Troubles = { 'pull-request:0:0:1': 'fail' }
    await startWorker({ size: SIZE, trouble })
    await runEnded(opened.services.database.pool, runId)
    const page = await openPage()
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('1 work item failed. First error: the rehearsal failed').waitFor()
    delete trouble['pull-request:0:0:1']
    await card.getByRole('button', { name: 'Retry failed' }).click()
    await page.getByText(`Retrying 1 work item of job ${runId}.`).waitFor()
    await expect.poll(() => card.getByText('finished').count(), { timeout: 15_000 }).toBe(7)
    expect(await card.getByRole('button', { name: 'Retry failed' }).count()).toBe(0)
  })

  test('updates two tabs at once without reloading', async () => {
    const pages = [await openPage(), await openPage()]
    for (const page of pages) await page.evaluate(() => Object.assign(window, { isSamePage: true }))
    await addInstallation(opened.services.database)
    await startWorker({ size: SIZE })
    const cards = pages.map((page) => page.getByRole('article', { name: 'rehearsal' }))
    await cards[0]?.getByRole('button', { name: 'Sync now' }).click()
    for (const card of cards)
      await expect.poll(() => card.getByText('finished').count(), { timeout: 20_000 }).toBe(7)
    for (const page of pages) expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true)
  })

  test('shares one stream between eight windows, and hands it on when its window leaves', async () => {
    const context = await browser.newContext()
    const streams = new Set<Page>()
    const windows: Page[] = []
    for (let window = 0; window < 8; window++) {
      const page = await context.newPage()
      page.on('request', (request) => request.url().endsWith('/events') && streams.add(page))
      await page.goto(web.url)
      windows.push(page)
    }
    const holder = async () => {
      await expect.poll(() => streams.size, { timeout: 10_000 }).toBe(1)
      return [...streams][0] as Page
    }
    await addInstallation(opened.services.database)
    await startWorker({ size: SIZE })
    const card = (page?: Page) => page?.getByRole('article', { name: 'rehearsal' })
    await card(windows[7])?.getByRole('button', { name: 'Sync now' }).click()
    for (const page of windows)
      await expect
        .poll(() => card(page)?.getByText('finished').count(), { timeout: 20_000 })
        .toBe(7)

    const first = await holder()
    streams.clear()
    await first.close()
    const second = await holder()
    expect(second).not.toBe(first)
    streams.clear()
    await second.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    const third = await holder()
    expect([first, second]).not.toContain(third)
  })

  test('falls back to polling if there is no event stream', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.route('**/events', (route) => route.fulfill({ status: 502 }))
    await page.goto(web.url)
    const runId = await requestRun()
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('stalled').first().waitFor()
    await startWorker({ size: SIZE })
    await runEnded(opened.services.database.pool, runId)
    await expect.poll(() => card.getByText('finished').count(), { timeout: 20_000 }).toBe(7)
  })

  test('shows facts about an installation: points, next runs, limits and gaps', async () => {
    const { database } = opened.services
    const id = await addInstallation(database, { missing_permissions: ['contents: read'] })
    const { pool } = database
    await insert(pool, 'schedule', {
      installation_id: id,
      mode: 'incremental',
      rule: '{"every": 900}',
      next_at: new Date(Date.now() + 900_000),
    })
    await insert(pool, 'schedule', {
      installation_id: id,
      mode: 'full',
      rule: '{"cron": "0 3 * * 0", "timeZone": "Mars/Base"}',
      next_at: new Date(Date.now() + 900_000),
    })
    await insert(pool, 'github_budget', {
      installation_id: id,
      resource: 'graphql',
      points: 5_000,
      remaining: 12,
      reset_at: new Date(Date.now() + 1_800_000),
      paused_until: new Date(Date.now() + 600_000),
      pause_reason: 'GitHub asked to slow down',
    })
    const repository = await addRepository(pool, id, 'o/part', {
      pull_requests: 40,
      synced_from: '2025-01-01T00:00:00Z',
    })
    await addPull(pool, repository, 40)
    await insert(pool, 'gap', {
      repository_id: repository,
      kind: 'pull_request',
      node_id: 'PR_7',
      name: 'o/part#7',
      reason: 'GitHub timed out',
      next_try_at: new Date(Date.now() + 3_600_000),
    })
    const page = await openPage()
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('Missing rights: contents: read.').waitFor()
    await card.getByText(/^Setting schedules.full: The schedule .*Mars.Base.* Use a cron/).waitFor()
    await card.getByText(/^incremental: .*in 1[45] min/).waitFor()
    await card.getByText(/^GraphQL: 12 of 5,000/).waitFor()
    await card.getByText(/^paused until .*: GitHub asked to slow down/).waitFor()
    await card.getByText('1 repository with only the newest pull requests').click()
    await card.getByText('newest 1 of 40').waitFor()
    await card.getByText('1 gap: what GitHub did not return').click()
    await card.getByText('GitHub timed out').waitFor()
    expect(await violations(page)).toEqual([])
  })

  test('stays open while the server is down, and continues when it is back', async () => {
    const page = await openPage()
    const { port } = new URL(web.url)
    await web.close()
    await page.getByText('Whence does not answer.').waitFor()
    await page.getByText('No installations yet').waitFor()
    const config = { ...opened.services.config, PORT: Number(port) }
    web = await startWeb({ ...opened.services, config })
    await requestRun()
    await page.getByRole('article', { name: 'rehearsal' }).waitFor()
    expect(await page.getByText('Whence does not answer.').count()).toBe(0)
    // The browser itself reports each request that failed because the server was down or shutting down.
    complaints = complaints.filter((text) => !/ERR_CONNECTION_REFUSED|status of 503/.test(text))
  })

  test('works without JavaScript', async () => {
    await requestRun()
    const page = await openPage({ javaScriptEnabled: false })
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('Stalled: no worker is running').waitFor()
    await page.getByRole('heading', { name: 'Services' }).waitFor()
    await card.locator('summary', { hasText: 'More' }).click()
    await card.getByRole('button', { name: 'Full sync' }).click()
    await page.getByText(/^Job \d+ already covers this request\.$/).waitFor()
    await card.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText(/^Cancelled job \d+\.$/).waitFor()
  })

  test.each([360, 768])('fits a screen of %i pixels', async (width) => {
    await requestRun()
    const page = await openPage({ viewport: { width, height: 740 }, isMobile: width < 600 })
    await page.getByRole('article', { name: 'rehearsal' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
  })

  test('follows the dark theme', async () => {
    const [light, dark] = [await openPage(), await openPage({ colorScheme: 'dark' })]
    const background = (page: Page) =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(await background(dark)).not.toBe(await background(light))
    expect(await violations(dark)).toEqual([])
  })

  test('shows the keyboard focus', async () => {
    const page = await openPage()
    await page.keyboard.press('Tab')
    const skip = page.getByRole('link', { name: 'Skip to content' })
    expect(await skip.evaluate((link) => link === document.activeElement)).toBe(true)
    expect((await skip.boundingBox())?.width).toBeGreaterThan(50)
    await page.keyboard.press('Tab')
    const outline = await page.evaluate(
      () => document.activeElement && getComputedStyle(document.activeElement).outlineStyle,
    )
    expect(outline).toBe('solid')
  })

  test('shows a page for an unknown URL', async () => {
    const page = await openPage()
    complaints = []
    const answer = await page.goto(`${web.url}/nothing`)
    expect(answer?.status()).toBe(404)
    await page.getByRole('heading', { name: 'Page not found' }).waitFor()
    expect(await page.title()).toBe('Page not found · Whence')
    expect(await violations(page)).toEqual([])
    // The browser itself reports the status of the document.
    complaints = complaints.filter((text) => !text.includes('404'))
    await page.getByRole('link', { name: 'Go to the home page' }).click()
    await page.getByText('No installations yet').waitFor()
  })
})
