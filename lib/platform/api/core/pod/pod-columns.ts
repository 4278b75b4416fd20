import { age, ageColumn, column, nameColumn, orNone, wideColumn, type Column } from '../../columns.ts';
import type { KubeObject } from '../../meta.ts';
import { summarisePod } from './pod-summary.ts';

function restartsText(object: KubeObject, now: number): string {
  const { restarts, lastRestart } = summarisePod(object);
  return restarts > 0 && lastRestart !== undefined ? `${restarts} (${age(lastRestart, now)} ago)` : String(restarts);
}

function readinessGates(object: KubeObject): string {
  const gates: { conditionType: string }[] = object.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const conditions: { type: string; status: string }[] = object.status?.conditions ?? [];
  const met = gates.filter((gate) => conditions.some((each) => each.type === gate.conditionType && each.status === 'True'));
  return `${met.length}/${gates.length}`;
}

/** As kubectl shows pods (pkg/printers/internalversion). */
export const podColumns: Column[] = [
  nameColumn,
  column('Ready', (object) => {
    const { ready, total } = summarisePod(object);
    return `${ready}/${total}`;
  }),
  column('Status', (object) => summarisePod(object).reason),
  column('Restarts', restartsText),
  ageColumn,
  wideColumn('IP', (object) => orNone(object.status?.podIPs?.[0]?.ip ?? object.status?.podIP)),
  wideColumn('Node', (object) => orNone(object.spec?.nodeName)),
  wideColumn('Nominated Node', (object) => orNone(object.status?.nominatedNodeName)),
  wideColumn('Readiness Gates', readinessGates),
];
