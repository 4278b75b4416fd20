import assert from 'node:assert/strict';
import { eventually } from '../../../support/eventually.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { type BuildNode, startBuildNode } from './build-node.ts';

const BUILD_API = '/apis/build.openshift.io/v1/namespaces/default';
export const CONFIGS = `${BUILD_API}/buildconfigs`;
export const BUILDS = `${BUILD_API}/builds`;
export const PODS = '/api/v1/namespaces/default/pods';
export const SOURCE = { git: { uri: 'https://git.example/shop.git' } };
export const STRATEGY = { sourceStrategy: { from: { kind: 'DockerImage', name: 'registry.example/nodejs:20' } } };
export const config = (name: string, spec: object = {}): object => ({
  metadata: { name, labels: { app: 'shop' } },
  spec: { source: SOURCE, strategy: STRATEGY, ...spec },
});

/** An API with a node on which builds run as a test says. */
export class BuildsUnderTest {
  readonly t: ApiUnderTest;
  readonly node: BuildNode;

  private constructor(t: ApiUnderTest, node: BuildNode) {
    this.t = t;
    this.node = node;
  }

  static async start(): Promise<BuildsUnderTest> {
    const t = await startApi();
    const node = await startBuildNode(t);
    for (const name of ['default', 'builder'])
      await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name } } });
    return new BuildsUnderTest(t, node);
  }

  async stop(): Promise<void> {
    await this.node[Symbol.asyncDispose]();
    await this.t[Symbol.asyncDispose]();
  }

  async create(name: string, spec: object = {}): Promise<void> {
    const { code, text } = await this.t.call('POST', CONFIGS, { body: config(name, spec) });
    assert.equal(code, 201, text);
  }

  /** What the build controller and the kubelet would do: a pod whose container takes an upload. */
  async letRun(name: string): Promise<void> {
    const path = `${BUILDS}/${name}`;
    await eventually(async () => assert.equal((await this.t.call('GET', path)).code, 200));
    const containers = {
      initContainers: [{ name: 'git-clone', image: 'b', stdin: true }],
      containers: [{ name: 'sti-build', image: 'b' }],
    };
    await this.t.call('POST', PODS, { body: { metadata: { name: `${name}-build` }, spec: { nodeName: 'n1', ...containers } } });
    // First: whoever uploads begins when the container runs, and may change the build.
    await this.phase(name, 'Running');
    await this.report(name, { 'git-clone': { running: {} } });
  }

  async phase(name: string, value: string): Promise<void> {
    const { body } = await this.t.call('GET', `${BUILDS}/${name}`);
    const { code, text } = await this.t.call('PUT', `${BUILDS}/${name}/details`, {
      body: { ...body, status: { ...body.status, phase: value } },
    });
    assert.equal(code, 200, text);
  }

  async report(name: string, states: Record<string, object>, podPhase = 'Pending'): Promise<void> {
    const path = `${PODS}/${name}-build`;
    const statuses = (names: string[]): object[] =>
      names.flatMap((each) =>
        states[each] === undefined
          ? []
          : [{ name: each, state: states[each], ready: false, restartCount: 0, image: 'b', imageID: '' }],
      );
    const status = {
      phase: podPhase,
      initContainerStatuses: statuses(['git-clone']),
      containerStatuses: statuses(['sti-build']),
    };
    const { code, text } = await this.t.call('PATCH', `${path}/status`, { body: { status } });
    assert.equal(code, 200, text);
  }
}
