import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startWeb, type Web } from '#server/web.ts'
import { describeWithBrowser } from '../services/requirements.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { type LaidEngine, layEngine } from '../support/code/lay-engine.ts'
import { launchBrowser, violations } from './browser.ts'

const FILE = 'src/a%20b.c'
const SQUASH = /makes the same change/

describeWithBrowser('the pages that explain code', (executablePath) => {
  let browser: Browser
  let opened: TestServices
  let web: Web
  let laid: LaidEngine
  let complaints: string[] = []

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
    opened = await openTestServices()
    laid = await layEngine(opened.services)
    web = await startWeb({ ...opened.services, config: { ...opened.services.config, PORT: 0 } })
  })
  afterAll(async () => {
    await browser.close()
    await web.close()
    await opened.close()
  })
  beforeEach(() => {
    complaints = []
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    expect(complaints).toEqual([])
  })

  async function openPage(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage()
    page.on('console', (message) => {
      if (/error|warning/.test(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(new URL(path, web.url).href)
    return page
  }

  test('lead from the margin of the code to the words, without scripts', async () => {
    const page = await openPage(`/code/acme/engine/main/${FILE}`, { javaScriptEnabled: false })
    expect(await page.locator('#L3').textContent()).toContain('ghost in #7: Why c?')
    expect(await page.getByRole('link', { name: /^Why lines 1 to 2: commit/ }).count()).toBe(1)
    await page.getByRole('link', { name: 'Why line 3: #7, Count' }).click()
    expect(new URL(page.url()).pathname).toBe(`/why/acme/engine/${laid.oids.squash}/${FILE}`)
    await page.getByText(SQUASH).waitFor()
    expect(await page.getByRole('article').allTextContents()).toEqual([
      expect.stringContaining('ghost: Why c?'),
      expect.stringContaining('We have to count, as readers asked.'),
    ])
    await page.getByLabel('Lines').fill('1-2')
    await page.getByLabel('and how they came to be').check()
    await page.getByRole('button', { name: 'Ask why' }).click()
    await page.getByText('Nothing speaks for a pull request').first().waitFor()
    await page.getByRole('heading', { name: 'How they came to be' }).waitFor()
    await page.getByRole('link', { name: 'The last changes of the file' }).click()
    await page.getByText(SQUASH).waitFor()
  })

  test('take lines as GitHub names them', async () => {
    const page = await openPage(`/why/acme/engine/main/${FILE}#L2-L3`)
    await page.waitForURL(/\?line=2-3$/)
    await page.getByRole('heading', { name: 'Line 3' }).waitFor()
  })

  test('tell of lines that were moved who wrote them', async () => {
    const page = await openPage(`/why/acme/engine/${laid.oids.sorted}/list.c?line=1-3`, {
      viewport: { width: 360, height: 800 },
    })
    const moved = page.getByText(/^It moved or copied line 3 from elsewhere in the file/)
    expect(await moved.textContent()).toMatch(/ Written in [0-9a-f]{10} of Ada: List$/)
    expect(await violations(page)).toEqual([])
  })

  test.each([
    ['/why/acme/engine/main/old.c?line=1', /it was renamed to src\/a b\.c/],
    ['/why/acme/engine/none/a/b.c?line=1', /names no branch and no commit/],
    [`/why/acme/engine/HEAD/${FILE}?line=9`, /has 3 lines/],
    ['/why/acme/engine/main', /names no branch and no commit/],
    ['/why/acme/none/main/a.c', /no code of acme\/none/],
  ])('%s is refused in plain words', async (path, words) => {
    const answer = await fetch(new URL(path, web.url))
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringMatching(words)])
  })

  for (const path of [`/why/acme/engine/main/${FILE}?line=1-3`, `/code/acme/engine/main/${FILE}`])
    for (const colorScheme of ['light', 'dark'] as const)
      test(`${path} is accessible on a phone, ${colorScheme}`, async () => {
        const page = await openPage(path, { colorScheme, viewport: { width: 360, height: 740 } })
        expect(await violations(page)).toEqual([])
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        expect(width).toBeLessThanOrEqual(360)
      })
})
