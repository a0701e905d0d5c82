import type { DemoPull } from './demo-pulls.ts'

export const quaySeason: DemoPull[] = [
  {
    number: 61,
    title: 'Refund through the app, without a phone call',
    by: 'priya-raman',
    on: '2025-07-07',
    branch: 'self-service-refunds',
    labels: ['reliability'],
    milestone: 'Refunds without phone calls',
    assignees: ['priya-raman'],
    body: 'If tideline says that a ferry left more than 60 minutes late, the passenger sees a button. Pressing it refunds the crossing, not the extras, through the idempotent path of #9.\n\nThe decision is made on the *recorded* departure, never on a forecast (see saltmarsh/tideline#21 for why).',
    commits: ['Offer a refund for late departures', 'Refund through the idempotent path'],
    says: [
      [
        'ruth-abramov',
        2,
        'What is the most that this can pay out in a night before a human looks?',
      ],
      [
        'priya-raman',
        4,
        '20,000, then it stops offering and pages you. The limit is a setting, as #50 would have it.',
      ],
      ['ruth-abramov', 5, 'Then I am its biggest fan.'],
    ],
    threads: [
      {
        path: 'src/refunds/rules.ts',
        code: '+const LATE_MINUTES = 60',
        says: [
          [
            'elena-duarte',
            6,
            'Sixty from the published time or from the time in the ticket? We moved the 17:40 to 17:55 last week.',
          ],
          [
            'priya-raman',
            8,
            'From the time in the ticket. That is the promise; what we published later is our problem.',
          ],
        ],
      },
    ],
    reviews: [['elena-duarte', 9, 'APPROVED', '']],
    merged: ['priya-raman', 33],
  },
  {
    number: 64,
    title: 'Bring back Redis for rate limits',
    by: 'kenji-watts',
    on: '2025-09-15',
    branch: 'redis-rate-limits',
    labels: ['experiment', 'decision'],
    body: 'A scraper reads our prices 300 times a second. I would like a token bucket per address, shared between processes. Redis is the usual tool; we took it out in #47.',
    commits: ['Limit quotes per address with a shared bucket'],
    says: [
      [
        'ruth-abramov',
        1,
        'Do the four processes need to agree? A quarter of the limit in each would do, the balancer is round robin.',
      ],
      [
        'kenji-watts',
        2,
        'Then a polite client that keeps one connection open gets a quarter of what it may have.',
      ],
      [
        'tobias-okafor',
        3,
        'Let each process have the whole limit. The scraper then gets four times as much, which is still 1 % of what it takes today. We want to stop 300 a second, not to be just.',
      ],
      [
        'kenji-watts',
        20,
        'Approximately right without a server beats exactly right with one. Closing; the in-process version is #65.',
      ],
    ],
    ends: 'CLOSED',
  },
  {
    number: 65,
    title: 'Limit quotes per address in each process',
    by: 'kenji-watts',
    on: '2025-09-17',
    branch: 'local-rate-limits',
    labels: ['reliability'],
    body: 'Instead of #64. A token bucket in memory, 20 a second per address and process, 429 with `Retry-After`.',
    commits: ['Limit quotes per address in each process'],
    reviews: [
      [
        'tobias-okafor',
        2,
        'APPROVED',
        'The scraper now gets 0.9 % of the traffic and seems to have lost interest.',
      ],
    ],
    merged: ['kenji-watts', 3],
  },
  {
    number: 68,
    title: 'Let a booking be shared by several people',
    by: 'nadia-haddad',
    on: '2025-11-03',
    branch: 'shared-bookings',
    labels: ['experiment'],
    milestone: 'Refunds without phone calls',
    body: 'Draft, to talk about before it is built: a family books together, but only one of them can change anything, and it is always the one whose phone is empty.\n\nOption A: a link that gives whoever has it the rights of the booker. Option B: each adult gets their own, revocable right.\n\nThis sketch is A.',
    commits: ['Sketch shared bookings by link'],
    says: [
      [
        'sam-oduya',
        3,
        'A link that can refund money will end up in a group chat with forty people. I would vote for B, or for A without refunds.',
      ],
      [
        'priya-raman',
        5,
        'A without refunds covers eight of the ten support cases I looked at. B is six weeks.',
      ],
      [
        'nadia-haddad',
        26,
        'Then A without refunds, and I will ask again in spring how many people wanted more.',
      ],
    ],
    threads: [
      {
        path: 'src/bookings/share.ts',
        code: '+  const token = randomBytes(8).toString("hex")',
        unresolved: true,
        says: [
          [
            'sam-oduya',
            3,
            '64 bits is enough against guessing, but please make it expire with the crossing.',
          ],
        ],
      },
    ],
    ends: 'DRAFT',
    checks: 'PENDING',
  },
  {
    number: 69,
    title: 'Bump pg from 8.11.5 to 8.13.1',
    by: 'dependabot[bot]',
    on: '2025-11-05',
    branch: 'dependabot/npm_and_yarn/pg-8.13.1',
    labels: ['dependencies'],
    body: 'Bumps pg from 8.11.5 to 8.13.1.',
    commits: ['Bump pg from 8.11.5 to 8.13.1'],
    says: [
      [
        'quay-ci[bot]',
        0.3,
        '2 of 1,466 tests failed: `dates before 1900 keep their offset`, `dates before 1900 survive a round trip`.',
      ],
      [
        'tobias-okafor',
        6,
        'Somebody in accounting has a voucher issued in 1887, it is in the fixtures. Not merging until I know who changed the parsing.',
      ],
    ],
    ends: 'OPEN',
    checks: 'FAILURE',
  },
]
