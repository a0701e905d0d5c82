import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startWeb, type Web } from '#server/web.ts'
import { type StandIn, startStandIn } from '../github/stand-in.ts'
import { describeWithBrowser } from '../services/requirements.ts'
import { openTestServices } from '../services/setup.ts'
import { addPull, addRepository } from '../support/laid-rows.ts'
import { addInstallation } from '../support/rehearsal.ts'
import { openSync } from '../support/sync.ts'
import { launchBrowser, violations } from './browser.ts'

const QUESTION = 'why did we drop the cache?'

describeWithBrowser('the search and conversation pages', (executablePath) => {
  let browser: Browser
  let standIn: StandIn
  let sync: Awaited<ReturnType<typeof openSync>>
  let web: Web
  let complaints: string[] = []

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
    standIn = await startStandIn({ sources: [{ kind: 'demo' }] })
    sync = await openSync(standIn, 'app')
    await sync.sync({ mode: 'full' })
    web = await startWeb({ ...sync.services, config: { ...sync.services.config, PORT: 0 } })
  })
  afterAll(async () => {
    await browser.close()
    await web.close()
    await sync.close()
    await standIn.stop()
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

  const ask = (query: string) => `/search?${new URLSearchParams({ q: query })}`
  const hitOf = (page: Page, title: string) =>
    page.getByRole('article').filter({ has: page.getByRole('link', { name: title, exact: true }) })

  describe('a search', () => {
    test('leads from a question to the conversation that answers it', async () => {
      const page = await openPage('/')
      expect(await violations(page)).toEqual([])
      await page.keyboard.press('/')
      await page.keyboard.type(QUESTION)
      await page.keyboard.press('Enter')
      const hit = hitOf(page, 'Drop the quote cache')
      await hit.getByText('merged').waitFor()
      expect(new URL(page.url()).searchParams.get('q')).toBe(QUESTION)
      expect(await page.title()).toBe(`${QUESTION} · Whence`)
      expect(await hit.locator('mark').count()).toBeGreaterThan(0)
      const onGithub = hit.getByRole('link', { name: /^on GitHub/ }).first()
      expect(await onGithub.getAttribute('href')).toContain('github.com/saltmarsh/quay/')
      expect(await violations(page)).toEqual([])
      await hit.getByRole('link', { name: 'Drop the quote cache', exact: true }).click()
      await page.getByRole('heading', { level: 1, name: 'Drop the quote cache' }).waitFor()
      expect(await violations(page)).toEqual([])
    })

    test('begins with examples from the data, each of which finds something', async () => {
      const page = await openPage('/search')
      const covered = page.getByRole('region', { name: 'What is searched' })
      expect(await covered.textContent()).toMatch(
        /^Searches \d+ pull requests in 3 repositories, read from GitHub .* ago\./,
      )
      const links = page.locator('main section li a[href^="/search?q="]')
      const examples = await links.evaluateAll((all) =>
        all.map((link) => link.getAttribute('href') ?? ''),
      )
      expect(examples).toHaveLength(5)
      for (const example of examples) {
        await page.goto(new URL(example, web.url).href)
        expect(await page.locator('article h3').count()).toBeGreaterThan(0)
        expect(await page.getByRole('list', { name: 'Warnings' }).count()).toBe(0)
      }
    })

    test('leads from each passage to its place in the conversation', async () => {
      const page = await openPage(ask(QUESTION))
      const places = hitOf(page, 'Drop the quote cache').locator('li a[href*="?at="]')
      const addresses = await places.evaluateAll((links) =>
        links.map((link) => link.getAttribute('href') ?? ''),
      )
      expect(addresses.length).toBeGreaterThan(0)
      for (const address of addresses) {
        await page.goto(new URL(address, web.url).href)
        expect(await page.locator(':target').getAttribute('id')).toBe(address.split('#')[1])
      }
    })

    test('can be narrowed and widened by facets', async () => {
      const page = await openPage(ask('cache'))
      const facets = page.getByRole('navigation', { name: 'Narrow the search' })
      await facets.getByRole('link', { name: /^merged/ }).click()
      await facets.getByRole('link', { name: /merged.*\(selected/ }).waitFor()
      expect(new URL(page.url()).searchParams.get('q')).toBe('cache is:merged')
      expect(await page.getByLabel('Search query').inputValue()).toBe('cache is:merged')
      await facets.getByRole('link', { name: /^saltmarsh\/quay/ }).click()
      await page.getByRole('link', { name: 'Without repo:saltmarsh/quay' }).waitFor()
      expect(await violations(page)).toEqual([])
      await facets.getByRole('link', { name: /merged/ }).click()
      await page.waitForURL((url) => url.searchParams.get('q') === 'cache repo:saltmarsh/quay')
      await page.getByRole('link', { name: 'Without repo:saltmarsh/quay' }).click()
      await page.waitForURL((url) => url.searchParams.get('q') === 'cache')
    })

    test('goes to the next page and back to the first', async () => {
      const page = await openPage(ask('repo:saltmarsh/quay'))
      const titles = () => page.locator('article h3').allTextContents()
      const first = await titles()
      expect(first).toHaveLength(10)
      await page.getByRole('link', { name: 'Next page' }).click()
      await page.getByRole('link', { name: 'First page' }).waitFor()
      const second = await titles()
      expect(second.filter((title) => first.includes(title))).toEqual([])
      await page.getByRole('link', { name: 'First page' }).click()
      await page.waitForURL((url) => !url.searchParams.has('cursor'))
      expect(await titles()).toEqual(first)
    })

    test('reports unknown qualifiers, empty results and missing pages', async () => {
      const page = await openPage(ask('cache lable:bug'))
      await page.getByRole('list', { name: 'Warnings' }).getByText('label:').waitFor()
      await page.goto(new URL(ask('zyxgibberish'), web.url).href)
      await page.getByText('No results').waitFor()
      expect(await violations(page)).toEqual([])
      await page.goto(new URL(`${ask('cache')}&cursor=none`, web.url).href)
      await page.getByText('There is no such page of results').waitFor()
      // The browser itself reports the status of the document.
      complaints = complaints.filter((text) => !text.includes('422'))
      await page.getByRole('link', { name: 'Go to the first page' }).click()
      await hitOf(page, 'Drop the quote cache').waitFor()
    })

    test('shows a hostile query as plain text', async () => {
      const query = '"><script>alert(1)</script> is:open label:"<b>'
      const page = await openPage(ask(query))
      expect(await page.getByLabel('Search query').inputValue()).toBe(query)
      expect(await page.locator('b').count()).toBe(0)
    })

    test('completes what is typed, by keyboard', async () => {
      const page = await openPage('/projects')
      const box = page.getByRole('combobox', { name: 'Search' })
      await page.keyboard.press('Control+k')
      await page.getByRole('option', { name: /^Pull requests/ }).waitFor()
      expect(await violations(page)).toEqual([])
      await page.keyboard.type('cache auth')
      await page.getByRole('option', { name: /^author:/ }).waitFor()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.getByRole('option', { name: 'kenji-watts' }).click()
      expect(await box.inputValue()).toBe('cache author:kenji-watts ')
      await page.keyboard.press('Escape')
      await page.keyboard.press('Enter')
      await hitOf(page, 'Put a GraphQL gateway in front of the API').waitFor()
      await page.goto(new URL('/projects', web.url).href)
      await page.keyboard.press('/')
      await page.getByRole('option', { name: /cache author:kenji-watts/ }).click()
      await page.waitForURL((url) => url.searchParams.get('q') === 'cache author:kenji-watts')
    })

    test('can be walked through by keys, which can be switched off', async () => {
      const page = await openPage(ask('cache'))
      const focused = () => page.evaluate(() => document.activeElement?.textContent)
      const titles = await page.locator('article h3').allTextContents()
      await page.keyboard.press('j')
      await page.keyboard.press('j')
      expect(await focused()).toBe(titles[1])
      await page.keyboard.press('k')
      expect(await focused()).toBe(titles[0])
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      expect(await violations(page)).toEqual([])
      await page.getByRole('button', { name: 'off' }).click()
      await page.locator('body[data-keys="off"]').waitFor()
      await page.keyboard.press('j')
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BODY')
      await page.keyboard.press('Control+k')
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT')
    })

    test('keeps the theme that somebody chose, without JavaScript', async () => {
      const page = await openPage('/pulls', { javaScriptEnabled: false })
      await page.locator('html[data-theme="system"]').waitFor()
      await page.locator('header summary').click()
      await page.getByRole('button', { name: 'dark' }).click()
      await page.locator('html[data-theme="dark"]').waitFor()
      expect(new URL(page.url()).pathname).toBe('/pulls')
    })

    test('is readable in the theme that is not of the browser', async () => {
      const page = await openPage('/pulls', { colorScheme: 'light' })
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const light = await background()
      await page.locator('header summary').click()
      await page.getByRole('button', { name: 'dark' }).click()
      await page.locator('html[data-theme="dark"]').waitFor()
      expect(await background()).not.toBe(light)
      expect(await violations(page)).toEqual([])
    })

    test('works without JavaScript', async () => {
      const page = await openPage('/search', { javaScriptEnabled: false })
      await page.getByLabel('Search query').fill(QUESTION)
      await page.getByLabel('Search mode').selectOption('keyword')
      await page.getByRole('button', { name: 'Search' }).click()
      await hitOf(page, 'Drop the quote cache').waitFor()
      expect(new URL(page.url()).searchParams.get('mode')).toBe('keyword')
      expect(await page.getByLabel('Search mode').inputValue()).toBe('keyword')
      await page.locator('summary', { hasText: 'Search syntax' }).click()
      await page.getByText('label:bug milestone:').waitFor()
    })

    test('can be used with the keyboard: query, mode, button', async () => {
      const page = await openPage(ask('cache'))
      await page.getByLabel('Search query').focus()
      const focused = () => page.evaluate(() => document.activeElement?.tagName)
      await page.keyboard.press('Tab')
      expect(await focused()).toBe('SELECT')
      await page.keyboard.press('Tab')
      expect(await focused()).toBe('BUTTON')
      await page.keyboard.press('Tab')
      expect(await focused()).toBe('SUMMARY')
      await page.keyboard.press('Tab')
      expect(await focused()).toBe('SUMMARY')
      await page.keyboard.press('Tab')
      expect(await focused()).toBe('A')
      await page.keyboard.press('/')
      expect(await focused()).toBe('INPUT')
      await page.keyboard.type('a/b')
      expect(await page.getByLabel('Search query').inputValue()).toBe('a/b')
    })
  })

  describe('a conversation', () => {
    test('is shown in chronological order', async () => {
      const page = await openPage('/pulls/saltmarsh/quay/12')
      await page.getByRole('heading', { level: 1, name: 'Cache quotes in Redis' }).waitFor()
      const text = (await page.locator('main').textContent()) ?? ''
      const order = [
        'saltmarsh/quay#12',
        'quote-cache into main',
        '4 files changed, +45 −3',
        'A quote takes 310 ms',
        'Count hits and misses',
        'This is the first thing we own',
        'Nobody pays one.',
        'src/quotes/cache.ts:21',
        'What happens when Redis is down?',
        '50 ms, then straight to the database.',
        'ruth-abramov approved',
        'Please put the hit rate on the dashboard.',
      ].map((part) => text.indexOf(part))
      expect(order).not.toContain(-1)
      expect(order).toEqual([...order].sort((a, b) => a - b))
      await page.locator('summary', { hasText: 'Complete' }).click()
      await page.getByText('commits 2 of 2 complete').waitFor()
      await page.getByText('review comments 2 of 2 complete').waitFor()
      expect(await violations(page)).toEqual([])
    })

    test('opens at the entry that a GitHub link refers to', async () => {
      const page = await openPage('/pulls/saltmarsh/quay/12')
      const id = await page.locator('article[id^="issuecomment-"]').last().getAttribute('id')
      await page.goto(new URL(`/pulls/saltmarsh/quay/12?at=${id}#${id}`, web.url).href)
      expect(await page.locator('article:target').getAttribute('id')).toBe(id)
    })

    test('returns 404 if there is no such pull request', async () => {
      for (const path of ['saltmarsh/quay/9999', 'saltmarsh/none/1', 'saltmarsh/quay/x']) {
        const page = await openPage('/search')
        const answer = await page.goto(new URL(`/pulls/${path}`, web.url).href)
        expect(answer?.status()).toBe(404)
        await page.getByText('Page not found').waitFor()
      }
      complaints = complaints.filter((text) => !text.includes('404'))
    })
  })

  const PATHS = ['/search', ask(`${QUESTION} is:merged lable:x`), '/pulls/saltmarsh/quay/12']

  test.each(PATHS)('%s fits a screen of 320 pixels', async (path) => {
    const page = await openPage(path, { viewport: { width: 320, height: 640 }, isMobile: true })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
  })

  test.each(PATHS)('%s follows the dark theme', async (path) => {
    const page = await openPage(path, { colorScheme: 'dark' })
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(background).toBe('rgb(15, 20, 19)')
    expect(await violations(page)).toEqual([])
  })
})

describeWithBrowser('a hostile conversation', (executablePath) => {
  const LONG = 600_000
  let browser: Browser
  let opened: Awaited<ReturnType<typeof openTestServices>>
  let web: Web

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
    opened = await openTestServices()
    web = await startWeb({ ...opened.services, config: { ...opened.services.config, PORT: 0 } })
  })
  afterAll(async () => {
    await browser.close()
    await web.close()
    await opened.close()
  })

  async function layHostilePull(): Promise<void> {
    const { database } = opened.services
    const { pool } = database
    const installation = await addInstallation(database)
    const repository = await addRepository(pool, installation, 'acme/engine')
    const pull = await addPull(pool, repository, 1, {
      title: `<script>alert(1)</script>${'w'.repeat(300)}`,
      body: 'x'.repeat(LONG),
      labels: ['<b>bold</b>'],
    })
    await pool.query(
      `insert into comment (node_id, pull_request_id, repository_id, author_association, body, url,
         created_at, updated_at, read_at)
       select 'IC_' || n, $1, $2, 'NONE', $3, 'https://github.com/acme/engine/pull/1#issuecomment-' || n,
         timestamptz '2026-01-01' + n * interval '1 minute', timestamptz '2026-01-01' + n * interval '1 minute', now()
       from generate_series(1, 3000) n`,
      [
        pull,
        repository,
        `<img src=x onerror=alert(1)> ${'> '.repeat(5_000)} <a href="javascript:alert(1)">x</a>`,
      ],
    )
  }

  test('is split into pages, harmless, and fits the screen', async () => {
    await layHostilePull()
    const page = await (
      await browser.newContext({ viewport: { width: 320, height: 640 } })
    ).newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('dialog', (dialog) => complaints.push(dialog.message()))
    await page.goto(`${web.url}/pulls/acme/engine/1`)
    await page.getByText('534,464 more characters are on GitHub.').waitFor()
    await page.getByText('Not fully read yet: parts may be missing').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    await page.getByRole('link', { name: 'Later' }).first().click()
    await page.getByRole('link', { name: 'Earlier' }).first().waitFor()
    expect(await page.locator('main img, main [href^="javascript"]').count()).toBe(0)
    await page.goto(`${web.url}/pulls/acme/engine/1?at=issuecomment-2999#issuecomment-2999`)
    expect(await page.locator('article:target').getAttribute('id')).toBe('issuecomment-2999')
    expect(complaints).toEqual([])
  })
})
