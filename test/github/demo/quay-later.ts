import type { DemoPull } from './demo-pulls.ts'

export const quayLater: DemoPull[] = [
  {
    number: 27,
    title: 'Page bookings by cursor instead of offset',
    by: 'priya-raman',
    on: '2024-07-18',
    branch: 'cursor-pages',
    labels: ['bug', 'decision'],
    body: 'The accountant’s export lost 14 bookings. It read page after page by `offset`, and whenever a booking was cancelled in between, everything moved up by one and the first of the next page was never seen.\n\nPages now go by `(created_at, id)`: "what comes after this one", not "what is at place 400".',
    commits: ['Page bookings by cursor', 'Refuse offsets with the reason'],
    says: [
      ['dmitri-vance', 20, 'I use `?page=` from a script at the harbour office. Will it break?'],
      [
        'priya-raman',
        21,
        'It will answer 400 with a sentence that says what to use instead. I would rather break it loudly than keep giving you 14 bookings too few.',
      ],
      ['dmitri-vance', 22, 'So *that* is why my numbers never matched. Thank you.'],
    ],
    threads: [
      {
        path: 'src/bookings/list.sql',
        code: '+where (created_at, id) > ($1, $2)',
        says: [
          ['tobias-okafor', 3, 'Why the id as well?'],
          [
            'priya-raman',
            4,
            'A coach party is forty bookings in one transaction, all with the same `created_at`. Without the id we would skip 39 of them or loop for ever.',
          ],
        ],
      },
    ],
    reviews: [['tobias-okafor', 5, 'APPROVED', '']],
    merged: ['priya-raman', 23],
  },
  {
    number: 33,
    title: 'Bump fastify from 4.26.2 to 4.28.1',
    by: 'dependabot[bot]',
    on: '2024-08-19',
    branch: 'dependabot/npm_and_yarn/fastify-4.28.1',
    labels: ['dependencies'],
    body: 'Bumps fastify from 4.26.2 to 4.28.1.\n\n---\n\nDependabot will resolve any conflicts with this PR as long as you don’t alter it yourself.',
    commits: ['Bump fastify from 4.26.2 to 4.28.1'],
    says: [['quay-ci[bot]', 0.3, 'Bundle size unchanged. 1,204 tests passed in 71 s.']],
    reviews: [['sam-oduya', 5, 'APPROVED', '']],
    merged: ['sam-oduya', 5],
  },
  {
    number: 36,
    title: 'Forget customers for good, and keep a tombstone',
    by: 'sam-oduya',
    on: '2024-09-10',
    branch: 'tombstones',
    closes: [35],
    labels: ['privacy', 'decision'],
    body: 'Closes #35.\n\n`deleted_at` is not deletion, it is a promise that every query remembers to look the other way. The export forgot.\n\nDeleting a customer now erases name, address, e-mail and notes in the same transaction, and keeps a row with the id, the date and the reason. Bookings point to the tombstone, so the accounts still add up.',
    commits: [
      'Erase customers instead of hiding them',
      'Drop deleted_at from 31 queries',
      'Erase those who were only hidden so far',
    ],
    says: [
      [
        'nadia-haddad',
        2,
        'Support asks: what if somebody deletes their account by mistake? With `deleted_at` we could bring it back.',
      ],
      [
        'sam-oduya',
        3,
        'That is exactly what we told people we cannot do. I would put a seven-day cooling-off *before* the erasure, visible to the customer, with a button to change their mind. After that, gone means gone.',
      ],
      ['nadia-haddad', 3.5, 'I can sell that.'],
      ['elena-duarte', 4, 'What about backups? They hold everyone for 35 days.'],
      [
        'sam-oduya',
        6,
        'Restoring runs the list of tombstones over the restored database before it opens. Tested it on staging: 412 people stayed forgotten.',
      ],
    ],
    threads: [
      {
        path: 'src/customers/forget.ts',
        code: "+  await tx.query('update bookings set contact_note = null where customer = $1', [id])",
        says: [
          [
            'priya-raman',
            5,
            'Free text notes of *other* bookings can mention this person too ("travels with Mrs H.").',
          ],
          [
            'sam-oduya',
            7,
            'True, and no query will find those. Notes now expire 90 days after the crossing for everybody. Shorter memory beats cleverer search.',
          ],
        ],
      },
    ],
    reviews: [
      [
        'mara-lindqvist',
        8,
        'APPROVED',
        '"Shorter memory beats cleverer search" should be on the wall.',
      ],
    ],
    merged: ['sam-oduya', 30],
  },
  {
    number: 39,
    title: 'Move the job queue from Redis streams to Postgres',
    by: 'ruth-abramov',
    on: '2024-10-07',
    branch: 'postgres-queue',
    labels: ['reliability', 'decision'],
    body: 'Confirmation mails were lost twice: the booking was committed, the process died before it wrote to the stream. No amount of retrying helps when the two are different databases.\n\nJobs are now rows, inserted in the transaction of the booking, taken with `for update skip locked`. At our volume (peak 40 a second) Postgres does not notice.',
    commits: ['Put jobs into Postgres', 'Take jobs with skip locked', 'Remove the stream consumer'],
    says: [
      [
        'jonas-weiss',
        2,
        'Redis streams do 100,000 a second. Are we not building ourselves a ceiling?',
      ],
      [
        'ruth-abramov',
        3,
        'We are. At about 2,000 a second, which is 50 times our busiest minute ever. I prefer a ceiling I can see to a gap I cannot.',
      ],
      ['kenji-watts', 4, 'An outbox table plus Redis would give us both.'],
      [
        'ruth-abramov',
        5,
        'And then two queues, and the question which of them is right at three in the morning. If we ever hit the ceiling, the outbox is the next step and this table already is one.',
      ],
    ],
    threads: [
      {
        path: 'src/jobs/take.ts',
        code: '+    order by run_at for update skip locked limit 20',
        says: [
          [
            'tobias-okafor',
            6,
            'A job whose worker was killed stays locked until the connection dies, and then runs twice?',
          ],
          [
            'ruth-abramov',
            7,
            'It runs again, yes. Every handler has to stand being run twice; sending a mail checks `sent_at` in the same transaction. Exactly once does not exist, so let us be good at twice.',
          ],
        ],
      },
    ],
    reviews: [
      [
        'mara-lindqvist',
        8,
        'APPROVED',
        'Together with #47 this would leave Redis with nothing to do. I am not hinting at anything.',
      ],
      ['jonas-weiss', 9, 'APPROVED', 'The ceiling argument won me over.'],
    ],
    merged: ['ruth-abramov', 28],
  },
  {
    number: 41,
    title: 'Retry the bank with jitter, and give up sooner',
    by: 'tobias-okafor',
    on: '2024-10-21',
    branch: 'retry-jitter',
    labels: ['incident', 'reliability'],
    body: 'On Friday the bank was down for two minutes and we kept it down for eleven. All our workers retried after exactly 1, 2, 4 and 8 seconds, together, like a marching band on a bridge.\n\n- Full jitter: a random time between zero and the backoff.\n- Three attempts, then "we will charge you later" instead of a spinner.\n- A circuit breaker was considered and left out, see the discussion.',
    commits: ['Spread retries at random', 'Stop after three attempts'],
    says: [
      ['kenji-watts', 1, 'Why no circuit breaker? This is the textbook case.'],
      [
        'tobias-okafor',
        2,
        'Because it has state, and its state is wrong in the interesting moments: half our processes think the bank is up, half think it is down, and nobody can explain a payment that failed. Jitter and a small number of attempts have no state at all.',
      ],
      [
        'ruth-abramov',
        3,
        'Simulated both against Friday’s outage. Without a breaker the bank sees 1.3 times normal load while recovering, with one 1.1 times. I do not need the 0.2.',
      ],
    ],
    reviews: [
      [
        'ruth-abramov',
        4,
        'APPROVED',
        'Let us revisit if we ever call something that charges us for failed calls.',
      ],
    ],
    merged: ['tobias-okafor', 5],
  },
  {
    number: 50,
    title: 'Remove our own feature flags',
    by: 'mara-lindqvist',
    on: '2025-01-20',
    branch: 'no-flags',
    labels: ['cleanup', 'decision'],
    body: 'We have 37 flags. 29 have been on for everybody for more than six months, 5 are off for everybody, and 3 are used. The code has 2^37 shapes, and we test two of them.\n\nThe 34 go. The three that are used are settings of the operator (maximum party size, night surcharge, freight) and become exactly that.',
    commits: [
      'Inline 29 flags that are on',
      'Delete 5 features that are off',
      'Turn three flags into settings',
    ],
    says: [
      ['nadia-haddad', 2, 'How do I launch something for 5 % of passengers?'],
      ['mara-lindqvist', 3, 'When did we last?'],
      ['nadia-haddad', 3.2, 'March. It was fine and we forgot to turn it up for seven weeks.'],
      ['mara-lindqvist', 3.4, 'That is the argument for removing it, made better than I could.'],
      [
        'kenji-watts',
        5,
        'I disagree, for the record: flags let us separate deploying from releasing, and in a bad week that is worth the mess. But I cannot name the week.',
      ],
      [
        'mara-lindqvist',
        6,
        'A fair objection. If that week comes, link it here and I will write the flag myself, with an expiry date that fails the build.',
      ],
    ],
    reviews: [
      ['tobias-okafor', 7, 'APPROVED', '37 flags. I looked up every one of them and missed none.'],
    ],
    merged: ['mara-lindqvist', 24],
  },
]
