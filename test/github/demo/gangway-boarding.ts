import type { DemoPull } from './demo-pulls.ts'

export const gangwayBoarding: DemoPull[] = [
  {
    number: 1,
    title: 'Start the check-in app as a web app',
    by: 'nadia-haddad',
    on: '2024-03-20',
    branch: 'web-first',
    labels: ['decision'],
    body: 'Native or web? A passenger uses this twice a year. Nobody installs 80 MB for a ferry. A page opens from the ticket mail, and works on the harbour’s old tablets too.\n\nWhat we give up: push messages on some phones (mail and SMS do it) and the look of an app.',
    commits: ['Start the check-in app', 'Show a ticket'],
    says: [
      ['kenji-watts', 4, 'The crew uses it forty times a day. For them an app would make sense.'],
      [
        'nadia-haddad',
        5,
        'It would. Let us see how far a page that works offline gets us, before we have two of everything.',
      ],
    ],
    reviews: [['jonas-weiss', 6, 'APPROVED', '']],
    merged: ['nadia-haddad', 8],
  },
  {
    number: 6,
    title: 'Check tickets offline with a service worker',
    by: 'jonas-weiss',
    on: '2024-04-08',
    branch: 'offline-scan',
    closes: [5],
    labels: ['reliability', 'decision'],
    milestone: 'Boarding without signal',
    body: 'Closes #5.\n\nTickets are signed by quay; a phone with the public key can check them between two steel walls. A service worker keeps the app and the list of revoked tickets. Scans are queued and sent when there is signal again.\n\nTwo phones on two decks can accept the same ticket while both are offline. We decided with the crews that this is fine: they see each other, and a family with one ticket for five looks the same.',
    commits: [
      'Verify signed tickets on the phone',
      'Queue scans without signal',
      'Keep the app in a service worker',
      'Sign with ECDSA, which the old tablets have',
    ],
    says: [
      [
        'ruth-abramov',
        3,
        'How do we get a fix onto a phone whose service worker serves the old app?',
      ],
      ['jonas-weiss', 4, 'It updates on the next start.'],
      [
        'ruth-abramov',
        5,
        'I have heard this sentence before, in a different job, from inside an incident.',
      ],
    ],
    threads: [
      {
        path: 'app/scan/verify.ts',
        code: "+  return crypto.subtle.verify('Ed25519', key, signature, payload)",
        says: [
          ['sam-oduya', 2, 'Ed25519 is missing in the browser of the old tablets.'],
          [
            'jonas-weiss',
            6,
            'ECDSA P-256 then. Less pretty, there since 2014. The test runs on a real tablet now; it lives in my drawer.',
          ],
        ],
      },
    ],
    reviews: [
      [
        'sam-oduya',
        7,
        'APPROVED',
        'Tried it on the lower deck of the Tern. 40 scans, no spinner, one seasick reviewer.',
      ],
    ],
    merged: ['jonas-weiss', 30],
  },
  {
    number: 16,
    title: 'Serve the app from the network, keep only data offline',
    by: 'jonas-weiss',
    on: '2024-11-19',
    branch: 'thin-service-worker',
    closes: [15],
    labels: ['incident', 'decision'],
    body: 'Closes #15. Takes back half of #6.\n\nThree crew phones served themselves last week’s app for nine days. Each had an old worker that waited for all tabs to close, and a crew phone’s tab never closes.\n\nThe worker no longer keeps *code* for more than a day: it asks the network first and uses its copy only when there is none, and it takes over at once. Tickets, keys and the queue stay offline as before. If the copy is older than a day, the screen says so in words.',
    commits: ['Ask the network first for code', 'Take over at once', 'Say it when the app is old'],
    says: [
      ['ruth-abramov', 1, 'I promised myself not to say it.'],
      ['jonas-weiss', 1.1, 'You are very kind.'],
      [
        'kenji-watts',
        3,
        'Would it not be simpler to have no worker at all and keep data in IndexedDB?',
      ],
      [
        'jonas-weiss',
        5,
        'Then a reload on the car deck is a white page. That was the bug we started with (#5). The worker is needed for exactly one thing: opening the door when nobody is home. So now that is all it does.',
      ],
    ],
    reviews: [
      [
        'ruth-abramov',
        6,
        'APPROVED',
        'The sentence on the screen ("This phone has not heard from us since Tuesday") is the best part.',
      ],
    ],
    merged: ['jonas-weiss', 8],
  },
  {
    number: 17,
    title: 'Turn the brightness up for the code, ask first',
    by: 'sam-oduya',
    on: '2024-12-09',
    branch: 'bright-codes',
    body: 'In the winter sun the scanner cannot read dim phones. We cannot set the brightness from a page, so the ticket is black on pure white, 90 % of the width, with the sentence "turn me up" below it after ten seconds.',
    commits: ['Make the code larger and whiter', 'Ask for brightness after ten seconds'],
    says: [
      ['orla-finch', 30, 'As a passenger: this sentence made me laugh, and it worked.'],
      ['nadia-haddad', 31, 'Failed scans at Holm went from 9 % to 2 %. Cheapest fix of the year.'],
    ],
    reviews: [['nadia-haddad', 3, 'APPROVED', '']],
    merged: ['sam-oduya', 4],
  },
  {
    number: 20,
    title: 'Push boarding status with server-sent events',
    by: 'kenji-watts',
    on: '2025-03-03',
    branch: 'boarding-events',
    labels: ['performance', 'decision'],
    milestone: 'Boarding without signal',
    body: 'Each waiting phone asks every 5 seconds whether boarding has begun: 380 phones, 76 requests a second, all answered "no". With server-sent events it is one message.\n\nWhy not WebSockets: nothing goes upwards, proxies understand plain HTTP, and reconnecting is built in.',
    commits: ['Send boarding status as events', 'Fall back to polling each minute'],
    says: [
      [
        'ruth-abramov',
        2,
        '380 open connections for an hour. The old balancer closes idle ones after 60 seconds.',
      ],
      [
        'kenji-watts',
        3,
        'A comment line every 15 seconds keeps it awake. On the pier phones lose signal anyway, so each event is the *whole* state: whoever comes back needs nothing else.',
      ],
      [
        'tobias-okafor',
        5,
        'That is the detail that makes it good. Deltas would need a memory on both sides.',
      ],
    ],
    threads: [
      {
        path: 'server/events.ts',
        code: "+  request.on('close', () => listeners.delete(send))",
        says: [
          [
            'tobias-okafor',
            4,
            '`close` of the request fires when the body has been read, with this server at once. Listen on the response.',
          ],
          [
            'kenji-watts',
            6,
            'That explains why it worked for exactly one message. Fixed, and there is a test that leaves.',
          ],
        ],
      },
    ],
    reviews: [
      ['tobias-okafor', 5, 'CHANGES_REQUESTED', 'Only the listener, see the thread.'],
      ['tobias-okafor', 7, 'APPROVED', ''],
    ],
    merged: ['kenji-watts', 9],
  },
  {
    number: 27,
    title: 'Let the crew board without scanning when the code fails',
    by: 'nadia-haddad',
    on: '2025-08-11',
    branch: 'board-by-name',
    labels: ['reliability'],
    milestone: 'Boarding without signal',
    body: 'A wet ticket, a broken phone, a grandmother. The crew now types three letters of the name and taps the person. It is written down who did that and why.\n\nThis is what they do today, on paper, where nobody can count it.',
    commits: ['Board by name', 'Write down who boarded whom'],
    says: [
      [
        'sam-oduya',
        2,
        'Every phone then holds the names of all passengers of that sailing. What if one is lost?',
      ],
      [
        'nadia-haddad',
        4,
        'First three letters and the seat only, enough to choose between two; the list goes when the ferry has left.',
      ],
      ['sam-oduya', 5, 'Good. "Shorter memory beats cleverer search" again (saltmarsh/quay#36).'],
    ],
    reviews: [
      ['sam-oduya', 6, 'APPROVED', ''],
      ['kenji-watts', 7, 'APPROVED', ''],
    ],
    merged: ['nadia-haddad', 26],
  },
]
