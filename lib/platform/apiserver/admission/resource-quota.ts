import type { QuotaLedger } from '../quota/quota-ledger.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

/** The subresource that changes what a pod asks for; all others change nothing that is counted, or only give back. */
const RESIZE = 'resize';

/** Lets writes in as long as their namespace's quotas last (plugin/pkg/admission/resourcequota). Runs last: what is refused uses nothing. */
export const resourceQuotas = (ledger: QuotaLedger): AdmissionPlugin => ({
  name: 'ResourceQuota',
  async validate({ operation, definition, ref, object, old, dryRun, charged }) {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return;
    if (object === undefined || !definition.namespaced || ref.namespace === undefined || definition.virtual !== undefined) return;
    if (ref.subresource !== undefined && ref.subresource !== RESIZE) return;
    const write = { definition, namespace: ref.namespace, before: old, after: object };
    const receipt = await ledger.charge(write, object.metadata.name ?? '', dryRun);
    if (receipt !== undefined) charged?.(receipt);
  },
});
