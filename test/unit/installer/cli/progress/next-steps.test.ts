import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noColours, resultText } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { nextStepsOfAll } from '../../../../../lib/installer/cli/progress/next-steps.ts';
import { summarize } from '../../../../../lib/installer/fleet/summarize.ts';

const base = { event: 'result', command: 'install', outcome: 'installed', seconds: 31, changes: 14 } as const;
const api = 'https://192.0.2.7:8443';

test('after a remote installation kubectl is told from here, by its context', () => {
  const text = resultText({ ...base, host: 'web1', api, kubeconfig: '/home/me/.kube/config', context: 'oo-web1' }, noColours);
  assert.match(text, /kubeconfig: \/home\/me\/\.kube\/config, context oo-web1\n/);
  assert.equal(text.match(/^ {2}kubectl --context oo-web1 /gm)?.length, 3);
  assert.ok(!text.includes('KUBECONFIG='));
});

test('after a local one, or where the kubeconfig stays on the server, it is told there', () => {
  const text = resultText({ ...base, host: 'localhost', api, kubeconfig: '/etc/openshift/admin.kubeconfig' }, noColours);
  assert.match(text, /Next, as root on localhost/);
  assert.match(text, /\n {2}export KUBECONFIG=\/etc\/openshift\/admin\.kubeconfig\n {2}kubectl get nodes\n/);
});

test('an application is told of where all is there that it needs', () => {
  const local = { ...base, host: 'localhost', api, kubeconfig: '/etc/openshift/admin.kubeconfig' };
  assert.match(resultText({ ...local, applications: true }, noColours), /^ {2}openshift app create hello -t nodejs$/m);
  assert.doesNotMatch(resultText(local, noColours), /app create/);
  const remote = { ...base, host: 'web1', api, kubeconfig: '/home/me/.kube/config', context: 'oo-web1' };
  const text = resultText({ ...remote, applications: true }, noColours);
  assert.match(text, /^ {2}openshift app create hello -t nodejs --context oo-web1$/m);
  assert.match(text, /bin\/openshift/);
  assert.doesNotMatch(resultText(remote, noColours), /app create/);
});

test('nothing that is told at the end is wider than 80 columns, and commands are on lines of their own', () => {
  const local = resultText({ ...base, host: 'localhost', api, kubeconfig: '/etc/openshift/admin.kubeconfig' }, noColours);
  const remote = resultText(
    { ...base, host: 'web1', api, kubeconfig: '/root/.kube/config', context: 'oo-web1.example.com', applications: true },
    noColours,
  );
  for (const line of `${local}${remote}`.split('\n')) assert.ok(line.length < 80, line);
  // Not on a line of its own, to be copied: Debian 12 has no such package.
  assert.match(
    local,
    /^ {2}https:\/\/kubernetes\.io\/docs\/tasks\/tools\/\n\nor, from Debian 13 on, apt-get install kubectl\.$/m,
  );
});

test('after several, a few contexts are written out and the others counted', () => {
  const rows = Array.from({ length: 6 }, (_, index) => ({
    host: `web${index}`,
    outcome: 'installed',
    seconds: 1,
    changes: 1,
    exitCode: 0,
    context: `oo-web${index}`,
    kubeconfig: '/home/me/.kube/config',
  }));
  const text = nextStepsOfAll(summarize('install', rows, 1));
  assert.equal(text.match(/^ {2}kubectl --context oo-web\d get nodes$/gm)?.length, 4);
  assert.match(text, /and 2 more: kubectl config get-contexts\n$/);
  assert.equal(nextStepsOfAll(summarize('check', [{ ...rows[0]!, context: undefined } as never], 1)), '');
});
