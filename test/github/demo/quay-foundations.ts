import type { DemoPull } from './demo-pulls.ts'

export const quayFoundations: DemoPull[] = [
  {
    number: 1,
    title: 'Start the booking API',
    by: 'mara-lindqvist',
    on: '2024-03-01',
    branch: 'start',
    body: 'A plain HTTP service over Postgres. One process, one database, no queue and no cache until something measured asks for one.\n\nI would rather we add each of those with a pull request that says why than inherit them from a template nobody chose.',
    commits: ['Start the booking API', 'Add the first migration: sailings, quotes, bookings'],
    labels: ['decision'],
    reviews: [
      [
        'tobias-okafor',
        20,
        'APPROVED',
        'Boring in the best way. I will quote "until something measured asks for one" back at you one day.',
      ],
    ],
    merged: ['mara-lindqvist', 22],
  },
  {
    number: 3,
    title: 'Keep money in minor units, never in floats',
    by: 'priya-raman',
    on: '2024-03-06',
    branch: 'minor-units',
    closes: [2],
    labels: ['bug', 'decision'],
    body: 'Closes #2.\n\nThe cent went missing because `0.1 + 0.2` is what it is, and because we rounded each passenger before adding them up. Now:\n\n- every amount is an integer of minor units together with its currency;\n- discounts are computed on the total, and the remainder goes to the first passenger, so that the lines always sum up to the total;\n- the type `Money` has no constructor that takes a float.',
    commits: ['Keep money in minor units', 'Give the rounding remainder to the first passenger'],
    says: [
      [
        'jonas-weiss',
        3,
        'Why not `numeric` in the database? Postgres does decimal arithmetic exactly.',
      ],
      [
        'priya-raman',
        4,
        'It does, and then the driver hands it to us as a string and somebody calls `Number()` on it. With integers the wrong thing does not type-check. It is less about the database than about the eleven places between it and the receipt.',
      ],
    ],
    threads: [
      {
        path: 'src/money.ts',
        code: '+export function split(total: Money, parts: number): Money[] {',
        says: [
          [
            'mara-lindqvist',
            5,
            'What does this do for currencies without minor units? We sell to Iceland in summer.',
          ],
          [
            'priya-raman',
            6,
            'The exponent comes from the currency table, ISK has 0. Added a test that splits 1,000 ISK three ways: 334, 333, 333.',
          ],
        ],
      },
    ],
    reviews: [
      [
        'mara-lindqvist',
        7,
        'APPROVED',
        'The remainder rule is the part people forget. Good that it is in the type and not in a comment.',
      ],
    ],
    merged: ['priya-raman', 8],
  },
  {
    number: 9,
    title: 'Make paying idempotent',
    by: 'tobias-okafor',
    on: '2024-04-12',
    branch: 'idempotency-keys',
    closes: [8],
    labels: ['incident', 'reliability'],
    milestone: 'Summer season',
    body: 'Closes #8: a passenger was charged twice because a retried `POST /payments` was a new payment.\n\nThe client now sends an `Idempotency-Key`, made when the payment page opens and not when the button is pressed. We store key, request hash and response in the same transaction as the payment. The same key with the same body gets the stored response; the same key with another body is a 422, because that is a bug in the client and it should hear about it.',
    commits: [
      'Store the answer to each payment under its key',
      'Refuse a key that comes back with another body',
      'Forget keys after 48 hours',
    ],
    says: [
      [
        'ruth-abramov',
        2,
        'Could we derive the key from booking id and amount? Then old app versions are safe as well.',
      ],
      [
        'tobias-okafor',
        3,
        'Then a family that legitimately buys the same extra twice gets one. A derived key says "this looks the same"; we need the client to say "this *is* the same".',
      ],
      [
        'ruth-abramov',
        3.5,
        'Fair. Then let us force the app update before Easter; I do not want to run on two notions of sameness.',
      ],
    ],
    threads: [
      {
        path: 'src/payments/idempotency.ts',
        code: "+  const known = await tx.query('select response from idempotency where key = $1 for update', [key])",
        says: [
          [
            'mara-lindqvist',
            6,
            'If two requests arrive at the same time there is no row to lock yet. Both see nothing, both pay.',
          ],
          [
            'tobias-okafor',
            8,
            'Right. Now it inserts first, `on conflict do nothing`, and whoever inserted does the work; the other waits on the row and reads the response. There is a test that fires twenty at once.',
          ],
          ['mara-lindqvist', 9, 'That is the version I can sleep with.'],
        ],
      },
    ],
    reviews: [
      [
        'mara-lindqvist',
        6,
        'CHANGES_REQUESTED',
        'The idea is right, the lock is not: see the thread.',
      ],
      ['mara-lindqvist', 9, 'APPROVED', ''],
    ],
    merged: ['tobias-okafor', 10],
  },
  {
    number: 15,
    title: 'Store departures as local time and zone, not as UTC',
    by: 'elena-duarte',
    on: '2024-05-22',
    branch: 'local-departures',
    closes: [14],
    labels: ['bug', 'decision'],
    body: 'Closes #14.\n\nA timetable is a promise in local time: "the 23:10 to Holm". If the government moves the clocks, the ferry still goes at 23:10 and the instant changes. We stored the instant and derived the promise from it, so each time zone update silently rewrote history.\n\nA sailing now has `departs_local timestamp`, `zone text` and a *computed* instant that is refreshed when the tz database changes. Things that have happened (scans, payments) stay instants in UTC.',
    commits: [
      'Store departures as local time and zone',
      'Recompute instants when the tz database changes',
    ],
    says: [
      [
        'jonas-weiss',
        1,
        'I was taught "store UTC, convert at the edge" and I have never regretted it. What makes this different?',
      ],
      [
        'elena-duarte',
        2,
        'That rule is about things that happened. A future departure has not happened. What we know about it is the wall clock on the pier; the instant is a guess that depends on laws not yet passed.',
      ],
      [
        'jonas-weiss',
        5,
        'I tried to find a hole in that and found the October night instead: 02:30 exists twice. Which one do we promise?',
      ],
      [
        'elena-duarte',
        6,
        'The first one, and the timetable editor refuses to plan anything between 02:00 and 03:00 that night. The harbour master was delighted; she has asked for this for years.',
      ],
      [
        'kenji-watts',
        80,
        'tideline does the same since saltmarsh/tideline#5, so the two finally agree.',
      ],
    ],
    reviews: [
      [
        'jonas-weiss',
        8,
        'APPROVED',
        'Convinced. Future events: local time and place. Past events: instants. I am putting that on a card above my desk.',
      ],
    ],
    merged: ['elena-duarte', 26],
  },
  {
    number: 18,
    title: 'Put a GraphQL gateway in front of the API',
    by: 'kenji-watts',
    on: '2024-06-10',
    branch: 'graphql-gateway',
    labels: ['experiment', 'decision'],
    body: 'The app makes five requests for the trip screen. With a gateway it would make one, and ask only for what it shows.\n\nThis is a working sketch over the existing REST handlers. I would like to know whether we want to go that way before I polish it.',
    commits: ['Sketch a gateway over the REST handlers'],
    says: [
      ['nadia-haddad', 3, 'The trip screen really is slow on the pier, so I like the goal.'],
      [
        'mara-lindqvist',
        5,
        'I like the goal and not the price. We have one client that we own. GraphQL shines when many clients ask different questions; we have one client that asks five, always the same five. We would take on query cost limits, a second authorisation layer and a cache we do not understand, to save four round trips.',
      ],
      ['kenji-watts', 6, 'What would you do about the four round trips?'],
      [
        'mara-lindqvist',
        7,
        'One endpoint, `GET /trips/:id/screen`, that returns what the screen needs. It is not elegant. It is forty lines, and its SQL can be explained.',
      ],
      [
        'tobias-okafor',
        9,
        'Measured both: sketch 340 ms, single endpoint 180 ms on a throttled phone, because the gateway still makes five calls, only closer to the database.',
      ],
      [
        'kenji-watts',
        24,
        'Then I lose gracefully. Closing in favour of #19. If a second client with other questions ever appears, this discussion is the place to start from.',
      ],
    ],
    ends: 'CLOSED',
  },
  {
    number: 19,
    title: 'Serve the trip screen from one endpoint',
    by: 'kenji-watts',
    on: '2024-06-12',
    branch: 'trip-screen',
    labels: ['performance'],
    milestone: 'Summer season',
    body: 'Instead of the gateway of #18: one endpoint shaped like the screen, one query with lateral joins. 180 ms on a throttled phone instead of 900.',
    commits: [
      'Serve the trip screen from one endpoint',
      'Return an empty list if there are no passengers',
    ],
    reviews: [
      [
        'mara-lindqvist',
        4,
        'APPROVED',
        'Thank you for writing the sketch *and* for letting it go.',
      ],
    ],
    threads: [
      {
        path: 'src/trips/screen.sql',
        code: '+  left join lateral (select json_agg(p) from passengers p where p.booking = b.id) who on true',
        says: [
          [
            'priya-raman',
            2,
            'This returns null and not an empty list for a booking without passengers (bicycle freight).',
          ],
          ['kenji-watts', 3, "`coalesce(…, '[]')`, and a test with one lonely bicycle."],
        ],
      },
    ],
    merged: ['kenji-watts', 6],
  },
  {
    number: 22,
    title: 'Reconcile payments with the bank every night',
    by: 'ruth-abramov',
    on: '2024-07-01',
    branch: 'reconcile',
    labels: ['reliability', 'incident'],
    body: 'After the double charge of #8 we knew how to prevent the next one (#9) but not how many there had been. This job compares our payments with the bank’s settlement file and opens a ticket for every line that has no partner.\n\nIt repairs nothing. A program that moves money because two files disagree is how the next incident starts.',
    commits: ['Read the settlement file', 'Open a ticket for each payment without a partner'],
    says: [
      [
        'tobias-okafor',
        4,
        'Should it at least refund exact duplicates by itself? That is 90 % of what support does by hand.',
      ],
      [
        'ruth-abramov',
        5,
        'Ask me again when it has been right for three months. First a reporter, then a clerk, never both on day one.',
      ],
      [
        'ruth-abramov',
        2208,
        'Three months later: 41 tickets, all right. I still do not want it to refund. Two of the 41 were a school class that really did pay twice, once per bus.',
      ],
    ],
    reviews: [
      [
        'priya-raman',
        6,
        'APPROVED',
        'First run found three more doubles from April. Worth it already.',
      ],
    ],
    merged: ['ruth-abramov', 30],
  },
]
