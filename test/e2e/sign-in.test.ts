import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeWithBrowser } from '../services/requirements.ts'
import { freePort } from '../support/web/free-port.ts'
import { type OpenedSignIn, openSignIn } from '../support/web/sign-in.ts'
import { launchBrowser, violations } from './browser.ts'

const PHONE = { width: 360, height: 740 }

describeWithBrowser('signing in with GitHub', (executablePath) => {
  let browser: Browser
  let opened: OpenedSignIn
  let home: string

  beforeAll(async () => {
    browser = await launchBrowser(executablePath)
    const port = await freePort()
    // Chromium takes it for this machine, and Whence for a public address.
    home = `http://whence.localhost:${port}`
    opened = await openSignIn({ PORT: port, PUBLIC_URL: home, TRUSTED_PROXIES: 0 })
  })
  beforeEach(async () => {
    await opened.copy()
    const { people } = opened.standIn
    people.give('ada', { owns: ['acme'], reads: ['saltmarsh/quay'] })
    people.give('ben', { reads: ['acme/secret'] })
    people.give('eve', {})
  })
  afterAll(async () => {
    await browser.close()
    await opened.close()
  })

  async function openPage(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(home + path)
    return page
  }

  async function signIn(page: Page, login: string, link = 'Sign in with GitHub'): Promise<void> {
    await page.getByRole('link', { name: link }).click()
    await page.getByRole('link', { name: `Continue as ${login}` }).click()
  }

  test.each([
    ['with script', {}],
    ['without script, on a phone', { javaScriptEnabled: false, viewport: PHONE }],
  ] satisfies [string, BrowserContextOptions][])(
    'leads to the page that was asked for, to a token, and out again, %s',
    async (_how, options: BrowserContextOptions) => {
      const isChecked = options.javaScriptEnabled !== false
      const page = await openPage('/search?q=quay', options)
      if (isChecked) expect(await violations(page)).toEqual([])
      await signIn(page, 'ada')
      await page.waitForURL(`${home}/search?q=quay`)
      await page.getByText('Account: ada').click()
      await page.getByText('Operates 1 account').waitFor()
      await page.getByRole('link', { name: 'Account and sessions' }).click()
      await page.getByText('You operate acme').waitFor()
      await page.getByRole('textbox', { name: 'Name' }).fill('agent')
      await page.getByRole('button', { name: 'Create a token' }).click()
      const token = await page.getByLabel('Copy the token now').inputValue()
      if (isChecked) expect(await violations(page)).toEqual([])
      const headers = { authorization: `Bearer ${token}` }
      const ask = async () => (await fetch(`${opened.web.url}/api/v1/jobs`, { headers })).status
      expect(await ask()).toBe(200)
      await page.getByRole('button', { name: 'Revoke agent' }).click()
      await page.getByText('Revoked the token "agent"').waitFor()
      expect(await ask()).toBe(401)
      const remembered = () => page.evaluate(() => localStorage.getItem('whence-recent:ada'))
      if (isChecked) expect(await remembered()).toBe('["quay"]')
      await page.getByRole('button', { name: /^Sign out .*, session/ }).click()
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
      if (isChecked) expect(await remembered()).toBe(null)
      await page.goto(`${home}/account`)
      await page.getByRole('heading', { name: 'Sign in to Whence' }).waitFor()
    },
  )

  test('shows and ends the sessions of other browsers', async () => {
    const here = await openPage('/account', { viewport: PHONE })
    const elsewhere = await openPage('/account')
    await signIn(here, 'ben')
    await here.getByText('Account: ben').click()
    expect(await here.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
    await signIn(elsewhere, 'ben')
    await here.reload()
    expect(await here.getByText('(this browser)').count()).toBe(1)
    await here.getByRole('button', { name: 'Sign out everywhere' }).click()
    await here.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await elsewhere.reload()
    await elsewhere.getByRole('heading', { name: 'Sign in to Whence' }).waitFor()
  })

  test('tells a stranger what to do, and lets them use another account', async () => {
    const page = await openPage('/')
    await signIn(page, 'eve')
    await page.getByRole('heading', { name: 'There is nothing for you here' }).waitFor()
    expect(await violations(page)).toEqual([])
    await signIn(page, 'ben', 'Use another GitHub account')
    await page.waitForURL(`${home}/search`)
  })

  test('names the organisation whose SAML session is over', async () => {
    const { people } = opened.standIn
    people.give('ben', { reads: ['acme/secret', 'saltmarsh/quay'] })
    people.endSaml('ben', 'saltmarsh')
    const page = await openPage('/account')
    await signIn(page, 'ben')
    people.renewSaml('ben', 'saltmarsh')
    const link = page.getByRole('link', { name: 'Renew the session of saltmarsh' })
    expect(await link.getAttribute('href')).toBe(`${opened.standIn.url}/orgs/saltmarsh/sso`)
    expect(await violations(page)).toEqual([])
  })

  test('comes back from GitHub after the person cancels', async () => {
    const page = await openPage('/projects')
    await page.getByRole('link', { name: 'Sign in with GitHub' }).click()
    await page.getByRole('link', { name: 'Cancel' }).click()
    await page.getByText('GitHub says that you did not agree').waitFor()
    await signIn(page, 'ben')
    await page.waitForURL(`${home}/projects`)
  })

  test('connects an agent, and shows what happened in the audit log', async () => {
    const page = await openPage('/connect', { viewport: PHONE })
    await signIn(page, 'ada')
    await page.getByRole('checkbox', { name: 'acme/secret' }).check()
    await page.getByLabel('Name').fill('helper')
    await page.getByRole('button', { name: 'Create the token' }).click()
    await page.getByLabel('Copy the token now').waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Make a test call' }).click()
    await page.getByText('It works: the agent reads 1 repository.').waitFor()
    await page.goto(`${home}/connect`)
    await page.getByText('last used').waitFor()
    await opened.db.query(
      `insert into audit_entry (actor, action, installation_id, subject, details)
       select 'cli root', 'settings.changed', id, account, '{"change": {"history": "all"}}'
       from installation where account = 'acme'`,
    )
    await page.goto(`${home}/audit`)
    await page.getByText('cli root').waitFor()
    expect(await violations(page)).toEqual([])
    const isWide = await page.evaluate(() => document.body.scrollWidth > window.innerWidth)
    expect(isWide).toBe(false)
  })
})
