import type { KubeObject } from '../../meta.ts';
import { AUTOUPDATE } from './autoupdate.ts';

const level = (name: string, spec: object): KubeObject => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'PriorityLevelConfiguration',
  metadata: { name, annotations: { [AUTOUPDATE]: 'true' } },
  spec,
});

const queued = (name: string, shares: number, lendablePercent: number, queues: number, handSize = 6): KubeObject =>
  level(name, {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent,
      limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  });

/** Without these two no request would have a level: their specs never change. */
export const mandatoryLevels: readonly KubeObject[] = [
  level('catch-all', {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
  }),
  level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
];

/** Every level of a new cluster (apiserver/pkg/apis/flowcontrol/bootstrap/default.go). */
export const priorityLevels: readonly KubeObject[] = [
  ...mandatoryLevels,
  queued('global-default', 20, 50, 128),
  queued('leader-election', 10, 0, 16, 4),
  queued('node-high', 40, 25, 64),
  queued('system', 30, 33, 64),
  queued('workload-high', 40, 50, 128),
  queued('workload-low', 100, 90, 128),
];
