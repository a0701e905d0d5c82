import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { RateLimitedError } from '#app/errors.server.ts'
import { startWeb, type Web } from '#server/web.ts'
import type { WorkerProcess } from '#workers/index.ts'
import { requestEverything, runEnded, startRehearsal } from '../ledger-checks.ts'
import { addInstallation, createEffects } from '../rehearsal.ts'
import { describeWithBrowser } from '../requirements.ts'
import { openTestServices, type TestServices } from '../setup.ts'

const BROWSER_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const SIZE = { repositories: 2, pages: 2, perPage: 3 }

describeWithBrowser('the home page', (executablePath) => {
  let browser: Browser
  let opened: TestServices
  let web: Web
  let complaints: string[] = []
  const workers: WorkerProcess[] = []

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: BROWSER_ARGUMENTS })
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

  async function violations(page: Page): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page }).analyze()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
  }

  test('tells what is there before anything is set up', async () => {
    const page = await openPage()
    await page.getByText('No installation yet').waitFor()
    await page.getByText('No worker is running').waitFor()
    await page.getByText('PostgreSQL').first().waitFor()
    await page.getByText('GITHUB_TOKEN is not set').waitFor()
    expect(await page.title()).toBe('Whence')
    expect(await violations(page)).toEqual([])
  })

  test('follows a run from its start to its end', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const runId = await requestRun()
    const page = await openPage()
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('Stands still: no worker is running').waitFor()
    await startWorker({
      size: SIZE,
      visited: async (place) => {
        if (place === 'github_prs_commits_reviews_comments/transform') await held
      },
    })
    await card.getByText('running').first().waitFor()
    await card.getByText('4 of 4').waitFor()
    expect(await violations(page)).toEqual([])
    release()
    expect(await runEnded(opened.services.database.pool, runId)).toBe('finished')
    await expect.poll(() => card.getByText('finished').count(), { timeout: 15_000 }).toBe(7)
    expect(await card.getByText('12 of 12').count()).toBe(2)
  })

  test('names what a run could not do', async () => {
    const runId = await requestRun()
    const trouble = { 'pull-request:0:0:1': 'gap', 'pull-request:1:0:2': 'fail' } as const
    await startWorker({ size: SIZE, trouble })
    await runEnded(opened.services.database.pool, runId)
    const page = await openPage()
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('1 failed, 1 gap: by name').click()
    await card.getByText('pull-request:0:0:1').waitFor()
    await card.getByText('the rehearsal gave nothing').waitFor()
    expect(await violations(page)).toEqual([])
  })

  test('tells a pause from work that nobody takes', async () => {
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
    await card.getByText('the budget of this hour is used up').waitFor()
    await card.getByText('paused', { exact: true }).first().waitFor()
    expect(await card.locator('time').last().getAttribute('datetime')).toBe(until.toISOString())
    expect(await violations(page)).toEqual([])

    await Promise.all(workers.splice(0).map((worker) => worker.close()))
    await page.getByText(/^No worker is running/).waitFor()
    await card.getByText('Stands still: no worker is running').waitFor()
    expect(await card.getByText('stalled').count()).toBe(2)
    expect(await violations(page)).toEqual([])
  })

  test('stays while the server is away, and goes on when it is back', async () => {
    const page = await openPage()
    const { port } = new URL(web.url)
    await web.close()
    await page.getByText('Whence does not answer.').waitFor()
    await page.getByText('No installation yet').waitFor()
    const config = { ...opened.services.config, PORT: Number(port) }
    web = await startWeb({ ...opened.services, config })
    await requestRun()
    await page.getByRole('article', { name: 'rehearsal' }).waitFor()
    expect(await page.getByText('Whence does not answer.').count()).toBe(0)
    // The browser itself reports each request that was refused.
    complaints = complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))
  })

  test('works without JavaScript', async () => {
    await requestRun()
    const page = await openPage({ javaScriptEnabled: false })
    const card = page.getByRole('article', { name: 'rehearsal' })
    await card.getByText('Stands still: no worker is running').waitFor()
    await page.getByRole('heading', { name: 'Services' }).waitFor()
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

  test('shows where the keyboard is', async () => {
    const page = await openPage()
    await page.keyboard.press('Tab')
    const skip = page.getByRole('link', { name: 'Skip to the content' })
    expect(await skip.evaluate((link) => link === document.activeElement)).toBe(true)
    expect((await skip.boundingBox())?.width).toBeGreaterThan(50)
    await page.keyboard.press('Tab')
    const outline = await page.evaluate(
      () => document.activeElement && getComputedStyle(document.activeElement).outlineStyle,
    )
    expect(outline).toBe('solid')
  })

  test('has a page for what is not there', async () => {
    const page = await openPage()
    complaints = []
    const answer = await page.goto(`${web.url}/nothing`)
    expect(answer?.status()).toBe(404)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    expect(await page.title()).toBe('There is no such page · Whence')
    expect(await violations(page)).toEqual([])
    // The browser itself reports the status of the document.
    complaints = complaints.filter((text) => !text.includes('404'))
    await page.getByRole('link', { name: 'Go to the start page' }).click()
    await page.getByText('No installation yet').waitFor()
  })
})
