import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOperatorKey } from '#app/auth/operator-links.server.ts'
import { endSessions } from '#app/auth/sessions.server.ts'
import { startWeb, type Web } from '#server/web.ts'
import { describeWithBrowser } from '../services/requirements.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { launchBrowser, violations } from './browser.ts'

describeWithBrowser('a browser that signed in', (executablePath) => {
  let browser: Browser
  let opened: TestServices
  let web: Web

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
    opened = await openTestServices()
    const config = { ...opened.services.config, PORT: 0, HOST: '0.0.0.0' }
    web = await startWeb({ ...opened.services, config }, { askMs: 100 })
  })
  afterAll(async () => {
    await browser.close()
    await web.close()
    await opened.close()
  })

  test('is led to the sign-in by open pages when its session has ended, and asks no more', async () => {
    const context = await browser.newContext()
    const [first, second] = [await context.newPage(), await context.newPage()]
    await first.goto(web.operatorLink as string)
    await second.goto(web.url)
    await second.getByText('No installations yet').waitFor()
    await endSessions(opened.services.database.pool, opened.services.config, { whose: 'all' })
    await second.getByText('Sign in with the operator link').waitFor()
    await first.bringToFront()
    await first.getByText('Sign in with the operator link').waitFor()
    const asked: string[] = []
    for (const page of [first, second]) page.on('request', (request) => asked.push(request.url()))
    await first.waitForTimeout(4_000)
    expect(asked).toEqual([])
  })

  test('signs out with the menu of the page, without script', async () => {
    const prisma = await opened.services.database.prisma()
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${web.url}/operator?key=${await createOperatorKey(prisma)}`)
    await page.getByText('Account: Operator').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await page.goto(web.url)
    await page.getByText('Sign in with the operator link').waitFor()
  })

  test('finds no flaws in the menu and the list of sessions', async () => {
    const prisma = await opened.services.database.prisma()
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${web.url}/operator?key=${await createOperatorKey(prisma)}`)
    await page.goto(`${web.url}/account`)
    await page.getByText('Account: Operator').click()
    expect(await violations(page)).toEqual([])
  })
})
