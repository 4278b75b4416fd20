import assert from 'node:assert/strict';
import { test } from 'node:test';
import { questionText, refusingPrompter } from '../../../lib/installer/prompter.ts';

test('where nobody can answer, a question is an error that repeats it', async () => {
  const prompter = refusingPrompter();
  assert.equal(prompter.interactive, false);
  await assert.rejects(prompter.secret('Password of ann@web: '), {
    code: 'ANSWER_NEEDED',
    message: 'nobody is there to answer: Password of ann@web:',
  });
  await assert.rejects(prompter.confirm('\u001b[2Jgo on?'), { code: 'ANSWER_NEEDED', message: /\?\[2Jgo on\?/ });
});

test('what a server has us ask cannot move the cursor, turn text around, hide in it, or fill the screen', () => {
  assert.equal(questionText('a\u001b]0;t\u0007\u009b2J\r\nb\u202ec\u200bd'), 'a?]0;t??2J\nb?c?d');
  assert.equal(questionText('x\n'.repeat(100)).split('\n').length, 12);
  assert.ok(questionText('x'.repeat(10_000)).length <= 2_000);
});
