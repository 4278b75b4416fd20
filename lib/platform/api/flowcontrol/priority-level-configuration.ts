import { ageColumn, column, nameColumn, type Column } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { PriorityLevel, Queuing } from '../flow-rules.ts';
import type { KubeObject } from '../meta.ts';
import { mandatoryLevels, priorityLevels } from './bootstrap/priority-levels.ts';
import { reconcileSpec } from './bootstrap/autoupdate.ts';
import { validateConditions } from './condition-validation.ts';
import { validatePriorityLevel } from './priority-level-validation.ts';

interface LevelSpec {
  readonly type: string;
  readonly exempt?: { nominalConcurrencyShares?: number; lendablePercent?: number };
  readonly limited?: {
    nominalConcurrencyShares?: number;
    lendablePercent?: number;
    borrowingLimitPercent?: number;
    limitResponse?: { type: string; queuing?: Queuing };
  };
}

function levelOf({ metadata, spec }: KubeObject): PriorityLevel {
  const { type, exempt, limited } = spec as LevelSpec;
  const bounds = type === 'Exempt' ? exempt : limited;
  const queuing = limited?.limitResponse?.queuing;
  return {
    name: metadata.name!,
    uid: metadata.uid ?? '',
    exempt: type === 'Exempt',
    shares: bounds?.nominalConcurrencyShares ?? 0,
    lendablePercent: bounds?.lendablePercent ?? 0,
    ...(limited?.borrowingLimitPercent === undefined ? {} : { borrowingLimitPercent: limited.borrowingLimitPercent }),
    ...(queuing === undefined ? {} : { queuing }),
  };
}

const limit = (name: string, cell: (limited: NonNullable<LevelSpec['limited']>) => number | undefined): Column =>
  column(name, ({ spec }) => {
    const { limited } = spec as LevelSpec;
    return String((limited && cell(limited)) ?? '<none>');
  });

const queuing = (name: string, field: keyof Queuing): Column =>
  limit(name, ({ limitResponse }) => limitResponse?.queuing?.[field]);

/** How many requests of a kind are answered at one time. */
export const priorityLevelConfiguration = defineResource({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  strategy: {
    prepareForCreate: (object) => void (object.status = {}),
    validate: validatePriorityLevel,
  },
  status: { validateUpdate: validateConditions },
  flow: { holds: 'level', level: levelOf, mandatory: mandatoryLevels },
  bootstrap: {
    objects: priorityLevels,
    reconcile: (found, wanted) => reconcileSpec(found, wanted, mandatoryLevels.includes(wanted)),
  },
  columns: [
    nameColumn,
    column('Type', ({ spec }) => spec.type),
    limit('NominalConcurrencyShares', ({ nominalConcurrencyShares }) => nominalConcurrencyShares),
    queuing('Queues', 'queues'),
    queuing('HandSize', 'handSize'),
    queuing('QueueLengthLimit', 'queueLengthLimit'),
    ageColumn,
  ],
});
