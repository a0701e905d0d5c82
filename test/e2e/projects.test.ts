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
    await page.getByText('Delete core/engine').click()
    await page.getByLabel('Type engine to confirm').fill('engine')
    await page.getByRole('button', { name: 'Delete permanently' }).click()
    expect(await page.getByRole('main').textContent()).toContain('Deleted engine with 1 chunk.')
  })

  test.each(['light', 'dark'] as const)(
    'has no flaws on a phone in the %s theme',
    async (colorScheme) => {
      await whence.ingest('acme/engine', {}, 'shown')
      const context = await browser.newContext({ colorScheme, viewport: PHONE })
      const page = await context.newPage()
      await page.goto(`${web.url}/projects`)
      expect(await violations(page)).toEqual([])
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      expect(wide).toBeLessThanOrEqual(PHONE.width)
    },
  )
})
