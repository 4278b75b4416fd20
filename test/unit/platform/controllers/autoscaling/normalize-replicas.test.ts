import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Behavior, ScalingRules } from '../../../../../lib/platform/controllers/autoscaling/autoscaler-types.ts';
import { normalizeReplicas, type Wish } from '../../../../../lib/platform/controllers/autoscaling/normalize-replicas.ts';
import {
  newHistory,
  type ScalingHistory,
  withChange,
} from '../../../../../lib/platform/controllers/autoscaling/scaling-history.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const secondsAgo = (seconds: number): number => NOW - seconds * 1000;
const NONE: ScalingHistory = { recommendations: [], ups: [], downs: [] };
const recommended = (...all: [replicas: number, ago: number][]): ScalingHistory => ({
  ...NONE,
  recommendations: all.map(([replicas, ago]) => ({ replicas, at: secondsAgo(ago) })),
});

const said = (wish: Partial<Wish>): unknown[] => {
  const { replicas, ableToScale, scalingLimited } = normalizeReplicas({
    current: 4,
    desired: 4,
    min: 1,
    max: 100,
    history: NONE,
    now: NOW,
    ...wish,
  });
  return [replicas, ableToScale.reason, scalingLimited.status, scalingLimited.reason];
};

for (const [what, wish, expected] of [
  ['as it is', {}, [4, 'ReadyForNewScale', 'False', 'DesiredWithinRange']],
  ['up', { desired: 7 }, [7, 'ReadyForNewScale', 'False', 'DesiredWithinRange']],
  ['no more than twice as many at once', { desired: 20 }, [8, 'ReadyForNewScale', 'True', 'ScaleUpLimit']],
  ['but four from any start', { current: 1, desired: 20 }, [4, 'ReadyForNewScale', 'True', 'ScaleUpLimit']],
  ['no more than the most', { desired: 20, max: 6 }, [6, 'ReadyForNewScale', 'True', 'TooManyReplicas']],
  ['no fewer than the least', { desired: 1, min: 2 }, [2, 'ReadyForNewScale', 'True', 'TooFewReplicas']],
  ['down', { desired: 2 }, [2, 'ReadyForNewScale', 'False', 'DesiredWithinRange']],
  [
    'not down while more was recommended lately',
    { desired: 2, history: recommended([4, 200]) },
    [4, 'ScaleDownStabilized', 'False', 'DesiredWithinRange'],
  ],
  [
    'to the most of the last five minutes',
    { desired: 1, history: recommended([4, 301], [3, 200], [2, 100]) },
    [3, 'ScaleDownStabilized', 'False', 'DesiredWithinRange'],
  ],
] as const)
  test(`without rules: ${what}`, () => assert.deepEqual(said(wish), expected));

const rules = (more: ScalingRules): ScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [],
  ...more,
});
const pods = (value: number, periodSeconds = 60): NonNullable<ScalingRules['policies']>[number] => ({
  type: 'Pods',
  value,
  periodSeconds,
});
const percent = (value: number, periodSeconds = 60): NonNullable<ScalingRules['policies']>[number] => ({
  type: 'Percent',
  value,
  periodSeconds,
});
const behavior = (up: ScalingRules, down: ScalingRules = {}): Behavior => ({
  scaleUp: rules({ policies: [pods(4, 15), percent(100, 15)], ...up }),
  scaleDown: rules({ policies: [percent(100, 15)], ...down }),
});

for (const [what, wish, expected] of [
  [
    'the larger of two policies',
    { desired: 50, behavior: behavior({ policies: [pods(2), percent(100)] }) },
    [8, 'ReadyForNewScale', 'True', 'ScaleUpLimit'],
  ],
  [
    'the smaller where that is said',
    { desired: 50, behavior: behavior({ policies: [pods(2), percent(100)], selectPolicy: 'Min' }) },
    [6, 'ReadyForNewScale', 'True', 'ScaleUpLimit'],
  ],
  [
    'never up',
    { desired: 50, behavior: behavior({ selectPolicy: 'Disabled' }) },
    [4, 'ReadyForNewScale', 'True', 'ScaleUpLimit'],
  ],
  [
    'never down',
    { desired: 1, behavior: behavior({}, { selectPolicy: 'Disabled' }) },
    [4, 'ReadyForNewScale', 'True', 'ScaleDownLimit'],
  ],
  [
    'a few percent of few are one',
    { desired: 9, behavior: behavior({ policies: [percent(10)] }) },
    [5, 'ReadyForNewScale', 'True', 'ScaleUpLimit'],
  ],
  [
    'a tenth down',
    { current: 80, desired: 10, behavior: behavior({}, { policies: [percent(10)] }) },
    [72, 'ReadyForNewScale', 'True', 'ScaleDownLimit'],
  ],
  [
    'the smaller step down',
    { current: 80, desired: 10, behavior: behavior({}, { policies: [percent(10), pods(5)], selectPolicy: 'Min' }) },
    [75, 'ReadyForNewScale', 'True', 'ScaleDownLimit'],
  ],
  [
    'the most and the least still count',
    { desired: 50, max: 5, behavior: behavior({}) },
    [5, 'ReadyForNewScale', 'True', 'TooManyReplicas'],
  ],
  [
    'what was added in the period is taken off',
    {
      current: 6,
      desired: 50,
      behavior: behavior({ policies: [pods(4)] }),
      history: { ...NONE, ups: [{ replicas: 3, at: secondsAgo(30) }] },
    },
    [7, 'ReadyForNewScale', 'True', 'ScaleUpLimit'],
  ],
  [
    'and not what was before',
    {
      current: 6,
      desired: 50,
      behavior: behavior({ policies: [pods(4)] }),
      history: { ...NONE, ups: [{ replicas: 3, at: secondsAgo(61) }] },
    },
    [10, 'ReadyForNewScale', 'True', 'ScaleUpLimit'],
  ],
  [
    'all of the period is used up',
    {
      current: 8,
      desired: 50,
      behavior: behavior({ policies: [pods(4)] }),
      history: { ...NONE, ups: [{ replicas: 4, at: secondsAgo(30) }] },
    },
    [8, 'ReadyForNewScale', 'True', 'ScaleUpLimit'],
  ],
  [
    'what went in the period counts for going down',
    {
      current: 8,
      desired: 1,
      behavior: behavior({}, { policies: [pods(3)] }),
      history: { ...NONE, downs: [{ replicas: 2, at: secondsAgo(10) }] },
    },
    [7, 'ReadyForNewScale', 'True', 'ScaleDownLimit'],
  ],
  [
    'held back by the lowest recommendation',
    { desired: 9, behavior: behavior({ stabilizationWindowSeconds: 60 }), history: recommended([5, 30], [4, 70]) },
    [5, 'ScaleUpStabilized', 'False', 'DesiredWithinRange'],
  ],
  [
    'held back by the highest recommendation',
    {
      current: 9,
      desired: 2,
      behavior: behavior({}, { stabilizationWindowSeconds: 60 }),
      history: recommended([7, 30], [9, 70]),
    },
    [7, 'ScaleDownStabilized', 'False', 'DesiredWithinRange'],
  ],
  [
    'five minutes where nothing is said',
    {
      current: 9,
      desired: 2,
      behavior: { ...behavior({}), scaleDown: { selectPolicy: 'Max', policies: [percent(100)] } },
      history: recommended([8, 290]),
    },
    [8, 'ScaleDownStabilized', 'False', 'DesiredWithinRange'],
  ],
] as const)
  test(`with rules: ${what}`, () => assert.deepEqual(said(wish as Partial<Wish>), expected));

test('only what a window can still reach is remembered', () => {
  const history = normalizeReplicas({
    current: 4,
    desired: 3,
    min: 1,
    max: 9,
    now: NOW,
    history: recommended([9, 301], [4, 10]),
  }).history;
  assert.deepEqual(
    history.recommendations.map(({ replicas }) => replicas),
    [4, 3],
  );
  const changed = withChange({ ...NONE, ups: [{ replicas: 9, at: secondsAgo(16) }] }, { from: 4, to: 6 }, behavior({}), NOW);
  assert.deepEqual(changed.ups, [{ replicas: 2, at: NOW }]);
  assert.equal(withChange(NONE, { from: 4, to: 6 }, undefined, NOW), NONE);
  assert.deepEqual(newHistory(3, NOW).recommendations, [{ replicas: 3, at: NOW }]);
});
