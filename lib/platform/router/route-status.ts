import type { Route, RouteCondition, RouteIngress } from '../api/route/route-types.ts';
import type { Refusal } from './claims.ts';
import { ROUTER_NAME } from './router-settings.ts';

/** The route's `status.ingress` with what this router says; the same list when that is there already. Others' entries stay. */
export function withVerdict(route: Route, refusal: Refusal | undefined, now: string): readonly RouteIngress[] {
  const known = route.status?.ingress ?? [];
  const own = known.find(({ routerName }) => routerName === ROUTER_NAME);
  const wanted: RouteCondition = {
    type: 'Admitted',
    status: refusal === undefined ? 'True' : 'False',
    ...(refusal === undefined ? {} : { reason: refusal.reason, message: refusal.message }),
  };
  const old = own?.conditions?.find(({ type }) => type === 'Admitted');
  const { host = '', wildcardPolicy = 'None' } = route.spec;
  const isSame =
    old?.status === wanted.status &&
    (old.reason ?? '') === (wanted.reason ?? '') &&
    (old.message ?? '') === (wanted.message ?? '') &&
    own?.host === host &&
    own.wildcardPolicy === wildcardPolicy;
  if (isSame) return known;
  const lastTransitionTime = old?.status === wanted.status ? (old.lastTransitionTime ?? now) : now;
  const made: RouteIngress = { host, routerName: ROUTER_NAME, wildcardPolicy, conditions: [{ ...wanted, lastTransitionTime }] };
  return own === undefined ? [...known, made] : known.map((each) => (each === own ? made : each));
}
