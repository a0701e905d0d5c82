import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ensureSchedules } from '#app/sync/requests/schedules.ts'
import { startWeb, type Web } from '#server/web.ts'
import { describeWithBrowser } from '../services/requirements.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { addRepository } from '../support/laid-rows.ts'
import { addInstallation } from '../support/rehearsal.ts'
import { launchBrowser, violations } from './browser.ts'

const PHONE = { width: 360, height: 740 }
const WITHOUT_SCRIPT = { javaScriptEnabled: false }

describeWithBrowser('the page of the settings', (executablePath) => {
  let browser: Browser
  let opened: TestServices
  let web: Web
  let installation: string

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
  beforeEach(async () => {
    const { pool } = opened.services.database
    await pool.query('truncate installation cascade')
    installation = await addInstallation(opened.services.database, {})
    await ensureSchedules(pool, installation)
    await addRepository(pool, installation, 'acme/engine')
    await addRepository(pool, installation, 'acme/legacy-tools', { is_archived: true })
  })

  async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    await page.goto(`${web.url}/installations/${installation}/settings`)
    return page
  }

  async function settings(): Promise<Record<string, unknown>> {
    const { rows } = await opened.services.database.pool.query<{
      settings: Record<string, unknown>
    }>('select settings from installation')
    return rows[0]?.settings ?? {}
  }

  test('is reached from the home page', async () => {
    const page = await openPage(WITHOUT_SCRIPT)
    await page.goto(web.url)
    await page.getByRole('link', { name: /^Settings of / }).click()
    expect(await page.title()).toBe('Settings of rehearsal · Whence')
  })

  test('previews a change, keeps what was typed, and saves it, without script', async () => {
    const page = await openPage(WITHOUT_SCRIPT)
    await page.getByLabel('Exclude').fill('legacy-*')
    await page.getByLabel('Full syncs').fill('0 3 * * 0 Europe/Berlin')
    await page.getByRole('button', { name: 'Preview what this changes' }).click()
    const status = page.getByRole('status')
    expect(await status.textContent()).toMatch(
      /Nothing is saved yet.+Matches 1 of 2 known.+Hides acme\/legacy-tools at once.+Matches: acme\/engine/,
    )
    expect(await settings()).toEqual({})
    expect(await page.getByLabel('Exclude').inputValue()).toBe('legacy-*')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await status.textContent()).toMatch(/^Saved\..+every Sunday at 03:00 \(Europe\/Berlin\)/)
    expect(await settings()).toMatchObject({ repository_filter: { exclude: ['legacy-*'] } })
    const changes = page.getByRole('region', { name: 'What was changed' })
    expect(await changes.textContent()).toMatch(/operator changed the settings of rehearsal at/)
  })

  test('takes repositories and branches whose code is ingested', async () => {
    const page = await openPage(WITHOUT_SCRIPT)
    await page.getByLabel('Ingest the code of').fill('engine')
    await page.getByLabel('And these branches').fill('release/*\nengine:main..next')
    await page.getByRole('button', { name: 'Save' }).click()
    const status = page.getByRole('status')
    expect(await status.textContent()).toMatch(/^code\.branches\.1: is no name of a branch/)
    await page.getByLabel('And these branches').fill('release/*\nengine:next')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await status.textContent()).toMatch(
      /^Saved\..+Ingests the default branch and release\/\*, engine:next of engine/,
    )
    expect(await settings()).toMatchObject({
      code: { repositories: ['engine'], branches: ['release/*', 'engine:next'] },
    })
  })

  test('names the field that is not valid, and keeps what was typed', async () => {
    const page = await openPage(WITHOUT_SCRIPT)
    await page.getByLabel('History').fill('long')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await page.getByRole('status').textContent()).toMatch(
      /^history: must be all, a number of years.+Use all, 2y or 2024-01-31\.$/,
    )
    expect(await page.getByLabel('History').inputValue()).toBe('long')
  })

  test('erases a repository only after its name was typed, by keyboard alone', async () => {
    const page = await openPage()
    const summary = page.getByText('Erase acme/engine')
    for (const typed of ['acme/other', 'acme/engine']) {
      await summary.focus()
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      await page.keyboard.type(typed)
      await page.keyboard.press('Enter')
      await page.getByText(/Nothing was erased|Erased 1 repository/).waitFor()
    }
    expect(await page.getByRole('status').textContent()).toMatch(
      /^Erased 1 repository\. acme\/engine is excluded by repository_filter now/,
    )
    expect(await page.getByText('Erase acme/engine').count()).toBe(0)
  })

  test.each(['light', 'dark'] as const)(
    'has no flaws on a phone in the %s theme',
    async (colorScheme) => {
      const page = await openPage({ colorScheme, viewport: PHONE })
      expect(await violations(page)).toEqual([])
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      expect(wide).toBeLessThanOrEqual(PHONE.width)
    },
  )

  test('of an unknown installation is not found', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const response = await page.goto(`${web.url}/installations/999/settings`)
    expect(response?.status()).toBe(404)
  })
})
