import { type AuditOptions, auditLab } from '../audit/audit.ts';
import type { AwsClients } from '../clients.ts';
import type { LabEvent } from '../../provider.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { downLab } from '../sweep/down-lab.ts';
import type { Patience } from '../sweep/patience.ts';
import { janitorErrors } from './janitor-errors.ts';

export interface TakeAwayOptions {
  readonly report: (event: LabEvent) => void;
  readonly signal: AbortSignal;
  readonly patience: Patience;
  readonly audit?: AuditOptions['patience'];
}

/**
 * What `oo-install lab down` does: the lab is taken away, and then other code proves that nothing is left.
 * @throws OoError JANITOR_LAB_STAYS with what the audit found, or could not ask; what downLab throws
 */
export async function takeAway(aws: AwsClients, lab: LabIdentity, options: TakeAwayOptions): Promise<void> {
  const { report, signal, patience, audit: auditPatience } = options;
  await downLab(aws, lab, report, signal, patience);
  const audit = await auditLab(aws, lab, { signal, ...(auditPatience === undefined ? {} : { patience: auditPatience }) });
  if (audit.clean) return;
  throw janitorErrors.JANITOR_LAB_STAYS([
    ...audit.asked.flatMap(({ left }) => left).map(({ type, id, detail }) => `${type} ${id} ${detail}`.trim()),
    ...audit.errors.map(({ type, message }) => `${type}: not answered: ${message}`),
  ]);
}
