import { labErrors } from './lab-errors.ts';
import type { LabProvider } from './provider.ts';

/** Every provider; loaded when it is chosen, since each brings packages that only it needs. */
const providers: Readonly<Record<LabProvider['name'], (() => Promise<LabProvider>) | undefined>> = {
  local: async () => (await import('./local/local-provider.ts')).localProvider(),
  aws: undefined,
};

/** @throws OoError LAB_PROVIDER_ABSENT */
export async function openProvider(name: LabProvider['name']): Promise<LabProvider> {
  const open = providers[name];
  if (open === undefined) throw labErrors.LAB_PROVIDER_ABSENT(name);
  return open();
}
