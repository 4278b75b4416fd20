import type { KubeObject } from '../../api/meta.ts';
import { newInvalid } from '../../api/status-error.ts';
import type { ServerContext } from '../server-context.ts';
import { type Operation, strategyContext } from './operation.ts';

/** Answers a POST of a kind that is never stored. */
export async function runVirtual(server: ServerContext, operation: Operation, body: KubeObject): Promise<KubeObject> {
  const { definition, ref } = operation;
  const causes = definition.strategy?.validate?.(body) ?? [];
  if (causes.length > 0) throw newInvalid(definition, body.metadata.name ?? '', causes);
  const scope = server.ledger.begin({ key: '', uid: '' }, true);
  return definition.virtual!.create(body, {
    ...strategyContext(server, operation, scope),
    namespace: ref.namespace ?? '',
    authenticate: server.authenticate,
  });
}
