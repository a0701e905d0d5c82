import type { DemoIssue } from './demo-pulls.ts'

export const quayIssues: DemoIssue[] = [
  [
    2,
    'Totals are off by a cent for family tickets',
    'nadia-haddad',
    '2024-03-04',
    'Two adults, one child, one bicycle to Holm: the receipt says 61.20, the card statement 61.19. Support has had four of these this week.',
  ],
  [
    8,
    'A passenger was charged twice',
    'ruth-abramov',
    '2024-04-11',
    'Their phone lost signal on the pier, they pressed Pay again, and both went through. We refunded by hand.',
  ],
  [
    14,
    'The night ferry departs an hour early in our emails',
    'elena-duarte',
    '2024-05-20',
    'Only around the end of March and the end of October. The ship, to its credit, left on time.',
  ],
  [
    30,
    'Quotes show last season’s prices after the tariff change',
    'nadia-haddad',
    '2024-08-01',
    'The new tariff went live at midnight. At twenty past nine we were still selling at the old price. The call centre noticed before we did.',
  ],
  [
    35,
    'A deleted customer shows up in the export',
    'sam-oduya',
    '2024-09-09',
    'They asked us to forget them in June. We said we had. The accountant’s export says otherwise.',
  ],
  [
    43,
    'Searching sailings for a whole weekend takes seconds',
    'tobias-okafor',
    '2024-10-30',
    'p95 of `GET /sailings?days=3` is 2.4 s. Most of it is one query that sorts two hundred thousand rows to return forty.',
  ],
]

export const tidelineIssues: DemoIssue[] = [
  [
    2,
    'The same inputs give different timetables on two machines',
    'kenji-watts',
    '2024-03-18',
    'Berth 3 at Holm closes one minute earlier on the build server than on my laptop. Same commit, same tide tables.',
  ],
  [
    9,
    'Passengers get seven delay messages in ten minutes',
    'nadia-haddad',
    '2024-06-24',
    'Delayed, on time, delayed, on time … A man wrote to ask whether the captain was all right.',
  ],
  [
    20,
    'Nobody can say why a forecast was 40 minutes',
    'elena-duarte',
    '2025-01-15',
    'The harbour master asked. I asked Kenji. Kenji asked the model. The model has no comment.',
  ],
]

export const gangwayIssues: DemoIssue[] = [
  [
    5,
    'No signal on the lower car deck',
    'sam-oduya',
    '2024-04-02',
    'The crew scans tickets between two steel walls. Every third scan is a spinner.',
  ],
  [
    15,
    'Crew phones still show last week’s version',
    'ruth-abramov',
    '2024-11-18',
    'Three phones at Holm did not get the fix. They were online. They had been restarted. They are very sure of themselves.',
  ],
  [
    24,
    'A blind passenger could not choose a cabin',
    'nadia-haddad',
    '2025-06-10',
    'The cabin plan is one big canvas. To a screen reader it is the word "graphic".',
  ],
]
