import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startPipeline } from '#server/services/start-pipeline.ts'
import { startWeb, type Web } from '#server/web.ts'
import type { WorkerProcess } from '#workers/index.ts'
import { startSmall } from '../github/ask.ts'
import type { StandIn } from '../github/stand-in.ts'
import { describeWithBrowser } from '../services/requirements.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { freePort } from '../support/web/free-port.ts'
import { launchBrowser, violations } from './browser.ts'

const PHONE = { width: 360, height: 740 }

describeWithBrowser('the set-up', (executablePath) => {
  let browser: Browser
  let opened: TestServices
  let standIn: StandIn
  let web: Web
  let workers: WorkerProcess

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    opened = await openTestServices()
    standIn = await startSmall({ linksToItself: true })
    const config = {
      ...opened.services.config,
      ...{ PORT: await freePort(), SECRET_KEY: 'ab'.repeat(32) },
      ...{ GITHUB_API_URL: standIn.url, GITHUB_WEB_URL: standIn.url },
    }
    const services = { ...opened.services, config }
    workers = await startPipeline(services)
    web = await startWeb(services)
  })
  afterEach(async () => {
    await web.close()
    await workers.close()
    await standIn.stop()
    await opened.close()
  })

  async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(`${web.url}/setup`)
    return page
  }

  async function planApp(page: Page): Promise<void> {
    await page.getByRole('textbox', { name: 'Organisation' }).fill('acme')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Create on GitHub' }).waitFor()
  }

  async function createApp(page: Page): Promise<void> {
    await planApp(page)
    await page.getByRole('button', { name: 'Create on GitHub' }).click()
    await page.getByRole('link', { name: 'Create GitHub App for acme' }).click()
    await page.waitForURL(`${web.url}/setup`)
  }

  test.each([
    ['with script', {}],
    ['without script, on a phone', { javaScriptEnabled: false, viewport: PHONE }],
  ] satisfies [string, BrowserContextOptions][])(
    'leads from nothing to the first card, %s',
    async (_how, options: BrowserContextOptions) => {
      const page = await openPage(options)
      if (options.javaScriptEnabled !== false) expect(await violations(page)).toEqual([])
      await createApp(page)
      expect(standIn.hook.config.url).toMatch(/\.invalid\//)
      await page.getByRole('link', { name: 'Install on GitHub' }).click()
      await page.getByRole('button', { name: 'Install on acme', exact: true }).click()
      await page.getByRole('heading', { name: 'acme' }).waitFor()
      if (options.javaScriptEnabled !== false) expect(await violations(page)).toEqual([])
      await page.getByLabel('History').fill('all')
      await page.getByRole('button', { name: 'Estimate, and try the provider' }).click()
      await page
        .getByText(/^acme: 7 repositories with 60 pull requests\. .* 6 points .* 54,000 tokens/)
        .waitFor()
      await page.getByText(/^hash.*: \d+ dimensions, .* texts up to \d+ tokens/).waitFor()
      await page.getByText(/^No code is ingested\. That of all 7 repositories would take/).waitFor()
      await page.getByLabel('Ingest the code of').fill('engine')
      await page.getByRole('button', { name: 'Estimate, and try the provider' }).click()
      await page.getByText(/^The code of 1 repository takes an estimated/).waitFor()
      expect(await page.getByLabel('History').inputValue()).toBe('all')
      if (options.javaScriptEnabled !== false) expect(await violations(page)).toEqual([])
      await page.getByRole('button', { name: 'Start the first sync' }).click()
      await page.waitForURL(`${web.url}/`)
      await page.getByRole('heading', { name: /acme/ }).first().waitFor()
      await page.goto(`${web.url}/setup`)
      expect(await page.textContent('main')).toContain('The set-up is complete')
    },
  )

  test.each([
    ['with script', {}],
    ['without script', { javaScriptEnabled: false }],
  ] satisfies [string, BrowserContextOptions][])(
    'offers another name when it comes back from one that is taken, %s',
    async (_how, options: BrowserContextOptions) => {
      const page = await openPage(options)
      await planApp(page)
      const offered = () => page.locator('form strong').textContent()
      const names: string[] = []
      for (const _attempt of [1, 2]) {
        const name = (await offered()) as string
        names.push(name)
        standIn.creation.takenNames.add(name)
        await page.getByRole('button', { name: 'Create on GitHub' }).click()
        await page.getByText('Name has already been taken').waitFor()
        await page.goBack()
      }
      expect(new Set([...names, await offered()]).size).toBe(3)
      await page.getByRole('button', { name: 'Create on GitHub' }).click()
      await page.getByRole('link', { name: 'Create GitHub App for acme' }).click()
      await page.waitForURL(`${web.url}/setup`)
    },
  )

  test('says that an owner is asked, also after the page was closed', async () => {
    const page = await openPage()
    await createApp(page)
    await page.getByRole('link', { name: 'Install on GitHub' }).click()
    await page.getByRole('button', { name: "Request acme's owner to install" }).click()
    await page.getByText('Waiting for an owner of acme').waitFor()
    const later = await openPage()
    await later.getByText('Waiting for an owner of acme').waitFor()
  })

  test('takes an App that exists, and finds where it is installed', async () => {
    const page = await openPage()
    await page.getByLabel('App ID').fill(String(standIn.appId))
    await page.getByLabel('Private key').fill('no key')
    await page.getByRole('button', { name: 'Import' }).click()
    await page.getByText('That is no private key').waitFor()
    await page.getByLabel('App ID').fill(String(standIn.appId))
    await page.getByLabel('Private key').fill(standIn.privateKey.replaceAll('\n', '\\n'))
    await page.getByRole('button', { name: 'Import' }).click()
    await page.getByRole('button', { name: 'I have installed it already' }).click()
    await page.getByText('The App does not ask for').waitFor()
    await page.getByRole('button', { name: 'Start the first sync' }).waitFor()
  })

  test('reads a few repositories with a token', async () => {
    const page = await openPage()
    await page.getByLabel('Personal access token').fill('ghp_wrong')
    await page.getByLabel('Repositories').fill('acme/engine')
    await page.getByRole('button', { name: 'Read these repositories' }).click()
    await page.getByText('GitHub does not accept the personal token').waitFor()
    await page.getByLabel('Personal access token').fill(standIn.personalToken)
    await page.getByLabel('Repositories').fill('acme/engine')
    await page.getByRole('button', { name: 'Read these repositories' }).click()
    await page.waitForURL(`${web.url}/`)
  })
})
