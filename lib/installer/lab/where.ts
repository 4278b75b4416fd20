/** `account 123456789012 in eu-central-1`, or with the account's name: `account 123456789012 (school) in eu-central-1`. */
export const whereOf = ({ account, region }: { readonly account: string; readonly region: string }, alias?: string): string =>
  `account ${account}${alias === undefined ? '' : ` (${alias})`} in ${region}`;
