import type { ActionSubresource } from '../../api/subresources/action-subresource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { admit, type AdmissionRequest, validateAdmission } from '../admission/admission-plugin.ts';
import type { ServerContext } from '../server-context.ts';
import { admissionOf } from './create-object.ts';
import { cloneJson } from '../store/json-value.ts';
import { currentObject, guaranteedUpdate } from './guaranteed-update.ts';
import { keyOf, type Operation, strategyContext } from './operation.ts';

/** Runs a POST on an existing object: binding, eviction, token. */
export async function runAction(
  server: ServerContext,
  operation: Operation,
  action: ActionSubresource,
  body: KubeObject,
): Promise<KubeObject> {
  await server.cache.fresh();
  const parent = await currentObject(server, operation);
  const request: AdmissionRequest = { ...admissionOf(server, operation), operation: 'CREATE', object: body, old: parent.object };
  await admit(server.admission, request);
  await validateAdmission(server.admission, request);
  const scope = server.ledger.begin({ key: keyOf(operation), uid: parent.object.metadata.uid! }, operation.dryRun);
  try {
    const result = await action.run(parent.object, body, {
      ...strategyContext(server, operation, scope),
      issueToken: server.issueToken,
      updateParent: async (change) => {
        const { stored } = await guaranteedUpdate(server, operation, async (current) => {
          const object = cloneJson(current.object);
          change(object);
          return object;
        });
        return stored.object;
      },
    });
    await scope.commit();
    return result;
  } catch (error) {
    await scope.rollback();
    throw error;
  }
}
