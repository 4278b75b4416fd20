import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { httpGet } from '../../support/http-get.ts';
import { WEB_B } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { webController } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';
import { startWrk } from '../../support/wrk.ts';

const { kubectl } = await useNamespace('load');

test('a rolling update, an undo and a restart while wrk asks the service: no request fails', async () => {
  // A pod goes on answering until nobody sends it anything: that is for whoever writes its template to say.
  const lifecycle = { preStop: { exec: { command: ['sleep', '25'] } } };
  const pod = { spec: { terminationGracePeriodSeconds: 60 }, container: { lifecycle } };
  const { selector, template } = webController('web', 2, pod)['spec'];
  const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  await kubectl.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 2, selector: { matchLabels: selector }, strategy, template },
  });
  const settled = (): Promise<unknown> => kubectl(['rollout', 'status', 'deployment/web', IN_TIME]);
  await settled();
  await kubectl(['expose', 'deployment', 'web', '--port=80', '--target-port=8080']);
  const url = `http://${await kubectl.text('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}')}/`;
  const answers = (image: string): Promise<void> =>
    eventually(async () => assert.match(await httpGet(url), new RegExp(`^${image} `)));
  await answers('web-a');
  await using wrk = startWrk(url);
  await kubectl(['set', 'image', 'deployment/web', `web=${WEB_B}`]);
  await settled();
  await answers('web-b');
  await kubectl(['rollout', 'undo', 'deployment/web']);
  await settled();
  await answers('web-a');
  await kubectl(['rollout', 'restart', 'deployment/web']);
  await settled();
  const { requests, failed, report } = await wrk.stop();
  assert.equal(failed, 0, report);
  assert.ok(requests > 200, report);
});
