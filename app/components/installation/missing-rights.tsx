import type { SyncStatus } from '#app/sync/status/sync-status.ts'

const LINK = 'underline underline-offset-4'

/** Says which rights are missing, and who adds and accepts them where. */
export function MissingRights({ syncStatus }: { syncStatus: SyncStatus }) {
  const { account, missingPermissions, rightsPages } = syncStatus
  const notAsked = missingPermissions.filter((right) => rightsPages?.notAsked.includes(right))
  const rest = missingPermissions.filter((right) => !notAsked.includes(right))
  return (
    <div className="mt-2 space-y-1 text-[0.9375rem] text-warn">
      <p>
        Missing rights: {missingPermissions.join(', ')}. Until they are granted, the data that needs
        them is left out.
      </p>
      {rightsPages && notAsked.length > 0 && (
        <p>
          The App does not ask for {notAsked.join(', ')}: its owner adds{' '}
          {notAsked.length === 1 ? 'it' : 'them'} in{' '}
          <a className={LINK} href={rightsPages.app}>
            the permissions of the App
          </a>
          , and then an owner of {account} accepts the change on{' '}
          <InstallationLink page={rightsPages.installation} account={account} />.
        </p>
      )}
      {rightsPages && rest.length > 0 && (
        <p>
          {account} has not accepted {rest.join(', ')}: an owner of {account} does so on{' '}
          <InstallationLink page={rightsPages.installation} account={account} />, which nobody else
          can open. What the App asks for is in{' '}
          <a className={LINK} href={rightsPages.app}>
            its permissions
          </a>
          .
        </p>
      )}
    </div>
  )
}

function InstallationLink({ page, account }: { page: string; account: string }) {
  return (
    <a className={LINK} href={page}>
      the page of the installation on {account}
    </a>
  )
}
