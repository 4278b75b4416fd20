import { bringAwsPackages } from './aws-packages.ts';
import type { LabContext, LabProvider } from './provider.ts';

/** For whoever waits while a provider's packages are fetched. */
export type OpenProviderOptions = Pick<LabContext, 'report' | 'signal'>;

/** Every provider; loaded when it is chosen, since each brings packages that only it needs. */
const providers: Readonly<Record<LabProvider['name'], (options: OpenProviderOptions) => Promise<LabProvider>>> = {
  local: async () => (await import('./local/local-provider.ts')).localProvider(),
  aws: async (options) => {
    await bringAwsPackages(options);
    return (await import('./aws/aws-provider.ts')).awsProvider();
  },
};

/** @throws OoError LAB_AWS_NEEDS_CHECKOUT, LAB_AWS_PACKAGES_MISSING */
export function openProvider(name: LabProvider['name'], options: OpenProviderOptions): Promise<LabProvider> {
  return providers[name](options);
}
