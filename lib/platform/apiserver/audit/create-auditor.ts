import { readFile } from 'node:fs/promises';
import type { Clock } from '../../../common/clock.ts';
import type { Log } from '../../../common/log.ts';
import { apiServerErrors } from '../errors.ts';
import type { ParsedRequest } from '../http/request-question.ts';
import { shownPath } from '../http/shown-path.ts';
import { type ResourceTable, subresourceOf } from '../kinds/resource-table.ts';
import { AuditLog } from './audit-log.ts';
import { type AuditPolicy, parseAuditPolicy } from './audit-policy.ts';
import { Auditor } from './auditor.ts';

export interface AuditOptions {
  /** audit.k8s.io/v1 Policy. */
  readonly policyFile: string;
  readonly logFile: string;
  /** A log of so many bytes is put aside. */
  readonly maxBytes: number;
  /** Logs put aside that are kept. */
  readonly maxBackups: number;
}

/** Reads the policy and opens the log. Throws an OoError that names the file. */
export async function createAuditor(
  { policyFile, logFile, maxBytes, maxBackups }: AuditOptions,
  { table, clock, log }: { readonly table: ResourceTable; readonly clock: Clock; readonly log: Log },
): Promise<Auditor> {
  const policy = await readAuditPolicy(policyFile);
  const now = (): number => clock.now();
  return new Auditor({
    policy,
    log: new AuditLog({ path: logFile, maxBytes, maxBackups, now, log }),
    now,
    confidential: (parsed) => isConfidential(table, parsed),
    shownPath: (path) => shownPath(table, path),
  });
}

/** Throws an OoError that names the file, and the field that is wrong in it. */
export async function readAuditPolicy(path: string): Promise<AuditPolicy> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw apiServerErrors.AUDIT_POLICY_UNREADABLE(path, { cause });
  });
  return parseAuditPolicy(text, path);
}

function isConfidential(table: ResourceTable, { path }: ParsedRequest): boolean {
  if (path.kind !== 'resource') return false;
  const definition = table.find(path.target);
  if (definition === undefined) return false;
  const { subresource: name } = path.target;
  const subresource = name === undefined ? undefined : subresourceOf(definition, name);
  const keeps = subresource?.kind === 'action' || subresource?.kind === 'stream' ? subresource.confidential : false;
  return definition.confidential === true || keeps === true;
}
