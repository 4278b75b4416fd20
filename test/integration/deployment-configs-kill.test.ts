import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { ensureWebImages, WEB_A, WEB_B } from '../support/images.ts';
import { webController } from '../support/manifests.ts';
import { startPlatform } from '../support/platform.ts';
import { platformImage } from '../support/platform-images.ts';

await Promise.all([platformImage('builder'), ensureWebImages()]);
const platform = await startPlatform();
const { kubectl } = platform;
after(() => platform.stop());

const rolledOut = (version: number): Promise<unknown> =>
  kubectl(
    [
      'wait',
      `--for=jsonpath={.status.conditions[?(@.type=="Progressing")].message}=replication controller "web-${version}" successfully rolled out`,
      'dc/web',
      '--timeout=300s',
    ],
    { timeout: 90_000 },
  );

it('goes on with a rollout in whose middle the daemon is killed: the deployer waits for the API', async () => {
  const { template } = webController('web', 3, { image: WEB_A })['spec'];
  const strategy = { rollingParams: { maxSurge: 1, maxUnavailable: 0 } };
  await kubectl.create({
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentConfig',
    metadata: { name: 'web' },
    spec: { replicas: 3, strategy, template },
  });
  await rolledOut(1);
  // A watch sees what a look from time to time might miss.
  await using watch = kubectl.start(['get', 'rc', '-w', '--no-headers']);
  await watch.until(/^web-1 /m, 30_000);
  const patch = { spec: { template: { spec: { containers: [{ name: 'web', image: WEB_B }] } } } };
  await kubectl(['patch', 'dc', 'web', '--patch', JSON.stringify(patch)]);
  await watch.until(/^web-2 +[12] /m, 60_000);
  await platform.kill('SIGKILL');
  await platform.start();
  await rolledOut(2);
  // The last of the old ones may still be on its way out.
  await eventually(
    async () => {
      const images = await kubectl.text('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.containers[0].image}');
      assert.equal(images, [WEB_B, WEB_B, WEB_B].join(' '));
    },
    { timeout: 60_000 },
  );
  assert.equal(await kubectl.text('get', 'rc', 'web-1', '-o', 'jsonpath={.spec.replicas}'), '0');
});
