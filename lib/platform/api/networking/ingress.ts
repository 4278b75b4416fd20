import { isIP } from 'node:net';
import { ageColumn, column, nameColumn, orNone } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { type AskedHost, refuseReservedHosts } from '../route/reserved-hosts.ts';
import type { StrategyContext } from '../strategy.ts';
import { emptyObject } from '../schema/empty-object.ts';
import { validateIngress, validateIngressStatus } from './ingress-validation.ts';

const SHOWN = 3;

function hosts({ spec }: KubeObject): string {
  const rules: { host?: string }[] = spec?.rules ?? [];
  const named = rules.flatMap(({ host }) => (host ? [host] : [])).slice(0, SHOWN);
  if (named.length === 0) return '*';
  return rules.length > SHOWN ? `${named.join(',')} + ${rules.length - SHOWN} more...` : named.join(',');
}

const addresses = ({ status }: KubeObject): string =>
  [
    ...new Set(
      ((status?.loadBalancer?.ingress ?? []) as { ip?: string; hostname?: string }[]).map((each) => each.ip || each.hostname),
    ),
  ]
    .filter(Boolean)
    .sort()
    .join(',');

/** Without addresses, which no ingress can have, whoever writes it. */
const askedHosts = ({ spec }: KubeObject): AskedHost[] =>
  ((spec?.rules ?? []) as { host?: string }[])
    .map(({ host = '' }, i) => ({ field: `spec.rules[${i}].host`, host }))
    .filter(({ host }) => isIP(host) === 0);

/** The platform makes routes of ingresses, and it may have every host. So it is asked here whether the ingress' writer may. */
const judgeHosts = (object: KubeObject, old: KubeObject | undefined, context: StrategyContext): Promise<void> =>
  refuseReservedHosts(
    { group: 'networking.k8s.io', kind: 'Ingress' },
    object,
    askedHosts(object),
    old === undefined ? [] : askedHosts(old).map(({ host }) => host),
    context,
  );

export const ingress = defineResource({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.Ingress',
  strategy: {
    async prepareForCreate(object, context) {
      object.status = emptyObject('io.k8s.api.networking.v1.IngressStatus');
      await judgeHosts(object, undefined, context);
    },
    prepareForUpdate: judgeHosts,
    validate: validateIngress,
  },
  status: { validateUpdate: validateIngressStatus },
  columns: [
    nameColumn,
    column('Class', ({ spec, metadata }) =>
      orNone(spec?.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class']),
    ),
    column('Hosts', hosts),
    column('Address', addresses),
    column('Ports', ({ spec }) => ((spec?.tls ?? []).length > 0 ? '80, 443' : '80')),
    ageColumn,
  ],
});
