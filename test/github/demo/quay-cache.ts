import type { DemoPull } from './demo-pulls.ts'

export const quayCache: DemoPull[] = [
  {
    number: 12,
    title: 'Cache quotes in Redis',
    by: 'jonas-weiss',
    on: '2024-05-06',
    branch: 'quote-cache',
    labels: ['performance', 'decision'],
    milestone: 'Summer season',
    body: 'A quote takes 310 ms, most of it the tariff lookup. On sunny mornings everybody asks for the same six crossings.\n\nThis keeps each quote in Redis for 15 minutes, keyed by crossing, day, vehicle and party. With yesterday’s traffic replayed, p95 falls from 610 ms to 95 ms.',
    commits: ['Cache quotes in Redis for 15 minutes', 'Count hits and misses'],
    says: [
      [
        'mara-lindqvist',
        2,
        'This is the first thing we own that can be wrong while every test is green. I am not against it, but I want the sentence "a passenger may see a price that is up to 15 minutes old" in the docs, signed by product.',
      ],
      ['nadia-haddad', 3, 'Signed. Prices change twice a year.'],
      [
        'jonas-weiss',
        4,
        'And a quote is confirmed against the tariff when it is booked, so nobody pays a stale price.',
      ],
      [
        'mara-lindqvist',
        5,
        'Nobody *pays* one. They will see one, and then see another. But fine: it is measured, it is small, and it can be taken out again.',
      ],
    ],
    threads: [
      {
        path: 'src/quotes/cache.ts',
        code: "+  await redis.set(key, JSON.stringify(quote), 'EX', 900)",
        says: [
          ['ruth-abramov', 6, 'What happens when Redis is down? I see no timeout.'],
          [
            'jonas-weiss',
            7,
            '50 ms, then straight to the database. I pulled the plug on staging to be sure.',
          ],
        ],
      },
    ],
    reviews: [
      ['ruth-abramov', 8, 'APPROVED', 'One more thing to run at night, but an honest one.'],
      [
        'mara-lindqvist',
        9,
        'APPROVED',
        'Please put the hit rate on the dashboard. If it is not above half in summer, I will come back.',
      ],
    ],
    merged: ['jonas-weiss', 10],
  },
  {
    number: 31,
    title: 'Empty the quote cache when a tariff changes',
    by: 'jonas-weiss',
    on: '2024-08-01',
    branch: 'invalidate-quotes',
    closes: [30],
    labels: ['incident', 'bug'],
    body: 'Closes #30.\n\nWe sold 212 crossings at last season’s price this morning. Fifteen minutes of staleness would have been over at a quarter past midnight, but each hit *renewed* the time to live, so popular quotes never left. And the confirmation step read the price from the quote it was confirming.\n\n1. A hit no longer renews.\n2. Publishing a tariff raises a version number that is part of every key.\n3. Confirming computes the price anew.',
    commits: [
      'Do not renew a quote when it is read',
      'Put the version of the tariff into the key',
      'Compute the price anew on confirmation',
    ],
    says: [
      [
        'nadia-haddad',
        1,
        'We honour the 212. It is 1,900 in lost margin, and cheaper than 212 phone calls.',
      ],
      [
        'mara-lindqvist',
        2,
        'For the record, since I will want to find this later: hit rate in July was 11 %. People ask for *their* party and *their* car. The key has too many parts for a cache to be of use, and with the tariff version it has one more.',
      ],
      ['jonas-weiss', 3, 'I know. I fix the bug today and look for the honest answer next month.'],
    ],
    reviews: [
      [
        'mara-lindqvist',
        2,
        'APPROVED',
        'Merge it now. The larger question can wait until everybody has slept.',
      ],
    ],
    merged: ['jonas-weiss', 3],
  },
  {
    number: 44,
    title: 'Find sailings by an index that fits the question',
    by: 'tobias-okafor',
    on: '2024-11-04',
    branch: 'sailings-index',
    closes: [43],
    labels: ['performance'],
    body: 'Closes #43.\n\nThe query asks "which sailings of this crossing leave in these three days and still have room?" and the index answered "which sailings exist?". A covering index on `(crossing, departs_local) include (capacity, sold)` turns a sort of 200,000 rows into reading 40.\n\np95 of the weekend search: 2.4 s → 38 ms. As a side effect the tariff lookup inside a quote is now 9 ms. See the next pull request for what that means.',
    commits: ['Index sailings by crossing and day', 'Ask for days as a range, not as a list'],
    threads: [
      {
        path: 'migrations/023_sailings_by_day.sql',
        code: '+create index concurrently sailings_by_day on sailings (crossing, departs_local) include (capacity, sold);',
        says: [
          [
            'ruth-abramov',
            2,
            '`include (sold)` means that every booking updates the index. How much does that cost on a Friday?',
          ],
          [
            'tobias-okafor',
            4,
            'Measured with the Whitsun Friday replayed: 0.3 ms more per booking, no more heap-only updates on that table. I would take that trade ten times.',
          ],
          [
            'ruth-abramov',
            4.5,
            'Taken. Please leave the number in the migration so that nobody wonders.',
          ],
        ],
      },
    ],
    reviews: [
      [
        'jonas-weiss',
        5,
        'APPROVED',
        'So the slow thing I put a cache in front of in #12 was a missing index. Noted, with feelings.',
      ],
    ],
    merged: ['tobias-okafor', 7],
  },
  {
    number: 47,
    title: 'Drop the quote cache',
    by: 'jonas-weiss',
    on: '2024-11-12',
    branch: 'drop-quote-cache',
    labels: ['decision', 'cleanup', 'performance'],
    assignees: ['jonas-weiss'],
    body: 'I added the cache in #12 and I would like to be the one who removes it.\n\n**Why drop it**\n- Its hit rate never passed 11 %, because a quote depends on party, vehicle, day and (since #31) tariff version.\n- It made one incident (#30: 212 tickets at the old price) and two near misses.\n- Since #44 a quote takes 24 ms without it. With it: 19 ms on a hit, 31 ms on a miss. On average the cache now makes quotes *slower*.\n- It is the only reason why the booking API needs Redis.\n\n**What we lose**: the cushion when the database is slow. I think a slow database should be visible.',
    commits: [
      'Drop the quote cache\n\nIt answered one quote in nine and made the other eight slower. The index of #44 took\naway the reason for it.',
      'Take Redis out of the deployment',
    ],
    says: [
      [
        'sam-oduya',
        2,
        'Devil’s advocate: on the first sunny Saturday we get eight times the traffic. Is 24 ms still 24 ms then?',
      ],
      [
        'jonas-weiss',
        4,
        'Replayed the last one at eight times: p95 71 ms, database at 40 % CPU. Without the index it fell over at three times, which is why the cache looked like a good idea in May.',
      ],
      ['kenji-watts', 5, 'Could we keep the code behind a flag, just in case?'],
      [
        'mara-lindqvist',
        6,
        'No. Code behind a flag that nobody turns on is not insurance, it is a wall that everyone has to walk around. Git is the flag.',
      ],
      [
        'ruth-abramov',
        7,
        'From the person with the pager: please, yes. Three of my last five wake-ups were Redis being evicted and the API waiting its 50 ms on every request.',
      ],
      [
        'sam-oduya',
        8,
        'Objection withdrawn. I wanted to hear the eight-times number, now it is written down.',
      ],
      [
        'elena-duarte',
        5000,
        'Since this gets linked whenever somebody proposes a cache: the rule we took from it is "first the query, then the index, then a cache, and a cache only for what is the same for everybody". #58 is the one that passed it.',
      ],
    ],
    reviews: [
      ['tobias-okafor', 6, 'APPROVED', ''],
      [
        'mara-lindqvist',
        7,
        'APPROVED',
        'The best pull request of the year deletes a module, and its author wrote it.',
      ],
    ],
    merged: ['jonas-weiss', 9],
  },
  {
    number: 58,
    title: 'Cache the timetable, which is the same for everybody',
    by: 'elena-duarte',
    on: '2025-05-14',
    branch: 'timetable-cache',
    labels: ['performance', 'decision'],
    milestone: 'Refunds without phone calls',
    body: 'Yes, a cache, half a year after #47. The difference:\n\n- the timetable has no party, vehicle or price in it: 61 keys in all, hit rate in the replay 99.7 %;\n- tideline tells us when it publishes, so nothing is guessed by time;\n- it lives in the process, as a plain `Map`. No Redis. A restart refills it in 80 ms.',
    commits: ['Keep the published timetable in memory', 'Drop it when tideline publishes'],
    says: [
      ['jonas-weiss', 1, 'I came here to say no and the description answered everything I had.'],
      [
        'ruth-abramov',
        2,
        'Four processes, four maps. How long can they disagree after a publication?',
      ],
      [
        'elena-duarte',
        3,
        'They listen on a Postgres channel; in the test it is 40 ms. If the listener loses its connection, the map is dropped and refilled on every request until it is back, so the failure is "slow" and not "old".',
      ],
      ['mara-lindqvist', 4, 'Failing slow instead of old is the lesson of #30 in four words.'],
    ],
    reviews: [
      [
        'jonas-weiss',
        5,
        'APPROVED',
        'Passes the rule at the end of #47: the same for everybody, dropped by an event, gone with the process.',
      ],
      ['mara-lindqvist', 6, 'APPROVED', ''],
    ],
    merged: ['elena-duarte', 7],
  },
]
