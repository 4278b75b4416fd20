import { SAFE_SYSCTLS } from '../../api/core/pod/security/safe-sysctls.ts';
import type { Pod } from './types/pod-types.ts';

const OF_IPC = ['kernel.shm', 'kernel.msg', 'fs.mqueue.'];

/** Which of a pod's namespaces has the sysctl to itself; undefined: none has, it is the machine's. */
function namespaceOf(name: string): 'IPC' | 'Net' | undefined {
  if (name === 'kernel.sem' || OF_IPC.some((prefix) => name.startsWith(prefix))) return 'IPC';
  return name.startsWith('net.') ? 'Net' : undefined;
}

/**
 * A name with dots between its parts. The first separator tells which of the two it is; with slashes, dots are part of the names of
 * interfaces (sysctl.d(5)).
 */
export function dottedSysctl(name: string): string {
  if (/^[^./]*\//.test(name)) return name.replace(/[./]/g, (one) => (one === '/' ? '.' : '/'));
  return name;
}

/** Whether a name, or a pattern with a `*` at its end, can only match sysctls that pods have to themselves. */
function isNamespacedPattern(pattern: string): boolean {
  const name = dottedSysctl(pattern);
  const stem = name.endsWith('*') ? name.slice(0, -1) : name;
  return !stem.includes('*') && namespaceOf(stem) !== undefined;
}

/** Judges the sysctls of pods: the safe ones and what the administrator of the node has allowed of others. */
export class AllowedSysctls {
  readonly #patterns: readonly string[];

  /** @param unsafe names, or beginnings of names with a `*` at their end; such as are not a pod's own never match */
  constructor(unsafe: readonly string[] = []) {
    this.#patterns = [...SAFE_SYSCTLS, ...unsafe.filter(isNamespacedPattern).map(dottedSysctl)];
  }

  /** Why a pod may not run here, in kubelet's words; undefined: it may. */
  refusal({ spec }: Pod): string | undefined {
    const shared = { Net: spec.hostNetwork === true, IPC: spec.hostIPC === true };
    for (const sysctl of spec.securityContext?.sysctls ?? []) {
      const name = dottedSysctl(sysctl.name);
      const namespace = namespaceOf(name);
      if (namespace === undefined || !this.#allows(name)) return `forbidden sysctl: "${name}" not allowlisted`;
      if (shared[namespace]) return `forbidden sysctl: "${name}" not allowed with host ${namespace} enabled`;
    }
    return undefined;
  }

  #allows(name: string): boolean {
    return this.#patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  }
}
