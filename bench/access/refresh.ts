import { send } from '#test/support/send.ts'
import { cookieOf, type Jar, openSignIn, signIn } from '#test/support/web/sign-in.ts'
import { type Figure, none } from '../sync/figures.ts'

const REQUESTS = 20
const ROUNDS = 10

/** Counts the refreshes of an expired user token by requests at once, and whom they sign out. */
export async function measureRefresh(): Promise<Figure[]> {
  const opened = await openSignIn()
  try {
    await opened.copy()
    opened.standIn.people.give('ben', { reads: ['acme/secret'] })
    const jar: Jar = new Map()
    await signIn(opened, jar, 'ben')
    const headers = { cookie: cookieOf(jar) }
    let signedOut = 0
    let more = 0
    for (let round = 0; round < ROUNDS; round++) {
      await opened.db.query(`update person_access set asked_at = now() - interval '2 minutes'`)
      await opened.db.query('update user_token set expires_at = now()')
      const before = opened.standIn.signIn.given.refreshes
      const asked = Array.from({ length: REQUESTS }, () =>
        send(`${opened.web.url}/api/v1/repositories`, headers),
      )
      const statuses = (await Promise.all(asked)).map(({ status }) => status)
      signedOut += statuses.filter((status) => status !== 200).length
      more += Math.abs(opened.standIn.signIn.given.refreshes - before - 1)
    }
    const note = `${ROUNDS} times ${REQUESTS} requests`
    return [
      none('refreshes of an expired user token, but one', more, note),
      none('requests that were signed out meanwhile', signedOut, note),
    ]
  } finally {
    await opened.close()
  }
}
