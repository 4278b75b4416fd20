import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printed } from '../../../../lib/platform/kubecfg/printer.ts';

const digest = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';
const pod = {
  kind: 'Pod',
  id: 'web',
  desiredState: { manifest: { containers: [{ image: `172.30.0.1:5000/shop/web@sha256:${digest}` }, { image: 'nginx:1' }] } },
  currentState: { status: 'Running', host: 'n', hostIP: '192.0.2.7' },
};

test('a table shows the beginning of a digest, JSON the whole', () => {
  const [, , row] = printed(pod, {}).split('\n');
  assert.deepEqual(row!.split(/ +/), ['web', '172.30.0.1:5000/shop/web@sha256:b5bb9d8014a0,nginx:1', 'n/192.0.2.7', 'Running']);
  assert.match(printed(pod, { json: true }), new RegExp(digest));
});
