import type { KubeObject } from '../../../meta.ts';
import type { StatusCause } from '../../../status-error.ts';
import { invalid } from '../../../validation/causes.ts';
import { baselineChecks } from './baseline-checks.ts';
import type { SecuredPod } from './pod-spec-view.ts';
import { restrictedChecks } from './restricted-checks.ts';

const PREFIX = 'pod-security.kubernetes.io/';
const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type SecurityLevel = (typeof LEVELS)[number];

/** What becomes of a pod that is beyond the level: the audit log is told, it is refused, its writer is told. In this order: what is refused is in the log too. */
export const SECURITY_MODES = ['audit', 'enforce', 'warn'] as const;
export type SecurityMode = (typeof SECURITY_MODES)[number];

const replaced = new Set(restrictedChecks.map(({ replaces }) => replaces));
const CHECKS = {
  privileged: [],
  baseline: baselineChecks,
  restricted: [...baselineChecks.filter(({ id }) => !replaced.has(id)), ...restrictedChecks],
} as const;

/** What a namespace's labels want in a mode: a level, and the version that it is called by. A label that is wrong means the strictest. */
export function securityOf(
  namespace: KubeObject,
  mode: SecurityMode,
): { readonly level: SecurityLevel; readonly version: string } {
  const level = namespace.metadata.labels?.[PREFIX + mode];
  const version = namespace.metadata.labels?.[`${PREFIX}${mode}-version`] ?? 'latest';
  if (level === undefined) return { level: 'privileged', version };
  return { level: LEVELS.find((each) => each === level) ?? 'restricted', version };
}

/** `violates PodSecurity "restricted:latest": ...` without its first word; undefined when the pod may be. */
export function securityViolation(
  pod: SecuredPod,
  { level, version }: { level: SecurityLevel; version: string },
): string | undefined {
  const found = CHECKS[level].flatMap((each) => each.check(pod) ?? []);
  if (found.length === 0) return undefined;
  return `PodSecurity ${JSON.stringify(`${level}:${version}`)}: ${found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ')}`;
}

/** A namespace's labels must mean something. */
export function validateSecurityLabels({ metadata }: KubeObject): StatusCause[] {
  return SECURITY_MODES.flatMap((mode) => {
    const causes: StatusCause[] = [];
    const level = metadata.labels?.[PREFIX + mode];
    const version = metadata.labels?.[`${PREFIX}${mode}-version`];
    if (level !== undefined && !LEVELS.some((each) => each === level))
      causes.push(invalid(`metadata.labels[${PREFIX}${mode}]`, level, `must be one of ${LEVELS.join(', ')}`));
    if (version !== undefined && version !== 'latest' && !/^v1\.\d{1,3}$/.test(version))
      causes.push(invalid(`metadata.labels[${PREFIX}${mode}-version]`, version, 'must be "latest" or "v1.x"'));
    return causes;
  });
}

/** The pod, or the template for pods, that an object holds; undefined when it holds none. */
export function securedPodOf(object: KubeObject): SecuredPod | undefined {
  const candidates: unknown[] = [object, object.spec?.template, object.spec?.jobTemplate?.spec?.template, object.template];
  const found = candidates.find((each) =>
    Array.isArray((each as { spec?: { containers?: unknown } } | undefined)?.spec?.containers),
  );
  if (found === undefined) return undefined;
  const { metadata = {}, spec } = found as Partial<SecuredPod> & Pick<SecuredPod, 'spec'>;
  return { metadata, spec };
}
