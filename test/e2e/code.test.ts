import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { countCodeWords } from '#app/code/search/count-words.ts'
import { startWeb, type Web } from '#server/web.ts'
import { describeWithBrowser } from '../services/requirements.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { layCode } from '../support/code/lay-code.ts'
import { addRepository } from '../support/laid-rows.ts'
import { addInstallation } from '../support/rehearsal.ts'
import { launchBrowser, violations } from './browser.ts'

const CODE = [
  '// Gives a lease back.',
  'export function releaseLease(name: string): number {',
  `  return queue.push("${'long '.repeat(60)}") + 42`,
  '}',
].join('\n')

describeWithBrowser('the pages of code', (executablePath) => {
  let browser: Browser
  let test_: TestServices
  let web: Web
  let complaints: string[] = []

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
    test_ = await openTestServices()
    const { config, database } = test_.services
    const { pool } = database
    const installation = await addInstallation(database)
    const repository = await addRepository(pool, installation, 'acme/engine')
    const refId = await layCode(pool, {
      ...{ installation, repository },
      files: {
        'src/lease #1.ts': { chunks: [{ symbol: 'releaseLease', text: CODE }] },
        'src/other.go': { language: 'Go', chunks: [{ text: 'var lease = 1' }] },
      },
    })
    await countCodeWords(pool, { refId, generation: 1 }, new AbortController().signal)
    web = await startWeb({ ...test_.services, config: { ...config, PORT: 0 } })
  })
  afterAll(async () => {
    await browser.close()
    await web.close()
    await test_.close()
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

  test('lead from words to the lines of the file, without scripts', async () => {
    const page = await openPage('/search?q=lease', { javaScriptEnabled: false })
    await page.getByRole('link', { name: 'Code', exact: true }).click()
    expect(new URL(page.url()).searchParams.get('type')).toBe('code')
    expect(await page.getByRole('article').count()).toBe(2)
    await page.getByRole('searchbox').fill('lease lang:typescript')
    await page.getByRole('button', { name: 'Search' }).click()
    expect(await page.getByRole('article').count()).toBe(1)
    await page.getByRole('link', { name: 'src/lease #1.ts' }).click()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('src/lease #1.ts')
    expect(new URL(page.url()).hash).toBe('#L1')
    expect(await page.locator('#L2').textContent()).toContain('export function releaseLease')
  })

  test('colour the code, and keep line numbers out of what is copied', async () => {
    const page = await openPage('/code/acme/engine/main/src/lease%20%231.ts#L2')
    const keyword = page.getByText('function', { exact: true })
    // A page does not wait long for its colours.
    async function colouredWords(): Promise<number> {
      await page.reload()
      return keyword.count()
    }
    await expect.poll(colouredWords, { timeout: 20_000 }).toBe(1)
    const comment = page.getByText('// Gives a lease back.')
    const colourOf = (one: typeof keyword) => one.evaluate((node) => getComputedStyle(node).color)
    expect(await colourOf(keyword)).not.toBe(await colourOf(comment))
    const copied = await page.evaluate(() => {
      const pre = document.querySelector('pre') as HTMLElement
      getSelection()?.selectAllChildren(pre)
      return getSelection()?.toString()
    })
    expect(copied?.trim().split(/\n+/)).toEqual(CODE.split('\n'))
  })

  test('are not there for a file that is not indexed', async () => {
    const answer = await fetch(new URL('/code/acme/engine/main/src/none.ts', web.url))
    expect(answer.status).toBe(404)
  })

  for (const path of [
    '/search?q=lease',
    '/search?q=lease&type=code',
    '/search?q=zz9&type=code',
    '/code/acme/engine/main/src/lease%20%231.ts',
  ])
    for (const colorScheme of ['light', 'dark'] as const)
      test(`${path} is accessible on a phone, ${colorScheme}`, async () => {
        const page = await openPage(path, { colorScheme, viewport: { width: 360, height: 740 } })
        expect(await violations(page)).toEqual([])
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        expect(width).toBeLessThanOrEqual(360)
      })
})
