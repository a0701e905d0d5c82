import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancelRun } from '#app/ledger/decisions.ts'
import { startQueuedRuns } from '#app/ledger/runs.ts'
import { startWeb, type Web } from '#server/web.ts'
import { describeWithBrowser } from '../services/requirements.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { requestEverything } from '../support/ledger-checks.ts'
import { addInstallation, seedOf } from '../support/rehearsal.ts'
import { launchBrowser, violations } from './browser.ts'

const PHONE = { width: 360, height: 740 }

describeWithBrowser('the pages of the runs', (executablePath) => {
  let browser: Browser
  let opened: TestServices
  let web: Web
  let runId: string

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
    opened = await openTestServices()
    const { services } = opened
    web = await startWeb({ ...services, config: { ...services.config, PORT: 0 } })
    const { pool } = services.database
    const installation = await addInstallation(services.database)
    runId = (await requestEverything(services.database, installation)).runId
    await startQueuedRuns(pool, seedOf({ repositories: 1, pages: 1, perPage: 1 }), services.logger)
    await cancelRun(pool, runId, 'cli ada')
  })
  afterAll(async () => {
    await browser.close()
    await web.close()
    await opened.close()
  })

  test('lead from the card to the runs and to the log of one, without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(web.url)
    await page.getByRole('link', { name: /^Earlier runs of / }).click()
    await page.getByRole('link', { name: `Full sync ${runId}` }).click()
    expect(await page.title()).toBe(`Job ${runId} of rehearsal · Whence`)
    expect(await page.getByRole('listitem').last().textContent()).toMatch(/Cancelled by cli ada$/)
    await page.getByLabel('Level').selectOption('warning')
    await page.getByRole('button', { name: 'Filter' }).click()
    expect(await page.locator('main ol li').count()).toBe(1)
  })

  test.each(['light', 'dark'] as const)(
    'have no flaws on a phone in the %s theme',
    async (colorScheme) => {
      const context = await browser.newContext({ colorScheme, viewport: PHONE })
      const page = await context.newPage()
      for (const path of ['/jobs', `/jobs/${runId}`]) {
        await page.goto(web.url + path)
        expect(await violations(page)).toEqual([])
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect(wide).toBeLessThanOrEqual(PHONE.width)
      }
    },
  )
})
