import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { addressOf } from '#server/access/address.ts'
import { openPace } from '#server/access/pace.ts'
import { openStrangers } from '#server/access/strangers.ts'

type Asked = Parameters<typeof addressOf>[0]

function from(remoteAddress: string, forwarded?: string): Asked {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return { socket: { remoteAddress }, headers } as Asked
}

describe('the address of a stranger', () => {
  test.each([
    ['192.0.2.1', '203.0.113.9', 0, '192.0.2.1'],
    ['192.0.2.1', '203.0.113.9', 1, '203.0.113.9'],
    ['192.0.2.1', 'forged, 203.0.113.9', 1, '203.0.113.9'],
    ['192.0.2.1', 'forged, 203.0.113.9, 198.51.100.2', 2, '203.0.113.9'],
    ['192.0.2.1', undefined, 1, '192.0.2.1'],
    ['192.0.2.1', '203.0.113.9', 2, '192.0.2.1'],
    ['::ffff:192.0.2.1', undefined, 0, '::ffff:192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', undefined, 0, '2001:db8:1:2::/64'],
    ['2001:db8::6', undefined, 0, '2001:db8:0:0::/64'],
    ['::1', undefined, 0, '0:0:0:0::/64'],
  ])('of a connection from %s with %j through %i proxies is %s', (...row) => {
    const [remote, forwarded, hops, address] = row
    expect(addressOf(from(remote, forwarded), hops)).toBe(address)
  })
})

describe('a stranger', () => {
  test('has 60 tries, however many are on their way at once', async () => {
    const strangers = openStrangers(0)
    const find = vi.fn(async () => null)
    const tries = Array.from({ length: 500 }, (_, n) =>
      strangers.lookUp(from('192.0.2.1') as never, `wrong ${n}`, find),
    )
    const answers = await Promise.all(tries)
    expect(find).toHaveBeenCalledTimes(60)
    expect(answers.filter((one) => one === null)).toHaveLength(60)
    expect(answers.at(-1)).toMatchObject({ status: 429, retryAfter: expect.any(Number) })
    const elsewhere = strangers.lookUp(from('192.0.2.2') as never, 'wrong', find)
    expect(await elsewhere).toBeNull()
  })

  test('does not hold up those who were let in, until they are not', async () => {
    const strangers = openStrangers(0)
    const request = from('192.0.2.1') as never
    const good = () => strangers.lookUp(request, 'good', async () => 'found')
    expect(await good()).toBe('found')
    for (let n = 0; n < 100; n++) await strangers.lookUp(request, `wrong ${n}`, async () => null)
    for (let n = 0; n < 100; n++) expect(await good()).toBe('found')
    const revoked = () => strangers.lookUp(request, 'good', async () => null)
    expect(await revoked()).toBeNull()
    expect(await revoked()).toMatchObject({ status: 429 })
  })

  test('uses up no tries with what is valid', async () => {
    const strangers = openStrangers(0)
    for (let n = 0; n < 500; n++) {
      const found = strangers.lookUp(from('192.0.2.1') as never, `good ${n}`, async () => n + 1)
      expect(await found).toBe(n + 1)
    }
  })
})

describe('the pace of strangers', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => vi.useRealTimers())

  test('lets 200 through at once, and then 100 a second, from each address', async () => {
    const pace = openPace(0)
    const request = from('192.0.2.1') as never
    for (let n = 0; n <= 200; n++) expect(await pace(request)).toBe(true)
    expect(await Promise.race([pace(request), 'waits'])).toBe('waits')
    expect(await pace(from('192.0.2.2') as never)).toBe(true)
    vi.advanceTimersByTime(3_000)
    for (let n = 0; n < 200; n++) expect(await pace(request)).toBe(true)
  })

  test('ends those that would wait for more than ten seconds', async () => {
    const pace = openPace(0)
    const turns = Array.from({ length: 2_000 }, () => pace(from('192.0.2.1') as never))
    expect(await turns.at(-1)).toBe(false)
    expect(await turns[0]).toBe(true)
  })
})
