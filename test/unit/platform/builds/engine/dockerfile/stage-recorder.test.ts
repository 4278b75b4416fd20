import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stageRecorder } from '../../../../../../lib/platform/builds/engine/dockerfile/stage-recorder.ts';

test('the last image of each stage before the last one is remembered, where a step has made it', () => {
  const recorder = stageRecorder();
  const steps: readonly (readonly [line: string, ...images: string[]])[] = [
    ['Step 1/7 : ARG BASE'],
    ['Step 2/7 : FROM sha256:aa AS compiler', 'aaaaaaaaaaaa'],
    ['Step 3/7 : RUN make', 'bbbbbbbbbbbb'],
    ['Step 4/7 : RUN echo "Step 9/9 : FROM nothing"', 'cccccccccccc', `sha256:${'c'.repeat(64)}`],
    ['Step 5/7 : FROM sha256:aa AS unchanged', 'aaaaaaaaaaaa', `sha256:${'a'.repeat(64)}`],
    ['Step 6/7 : FROM sha256:dd', 'dddddddddddd'],
    ['Step 7/7 : COPY --from=compiler /x /x', 'eeeeeeeeeeee', 'eeeeeeeeeeee'],
  ];
  for (const [line, ...images] of steps) {
    recorder.line(line);
    for (const image of images) recorder.image(image);
  }
  assert.deepEqual(recorder.earlier(), ['c'.repeat(64)]);
});
