import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabRecord, LabRecords } from '../../../../../../lib/installer/lab/aws/janitor/lab-records.ts';
import { endingNotice, endlessNotice, stayingNotice } from '../../../../../../lib/installer/lab/aws/janitor/notice-texts.ts';
import { tellOnce } from '../../../../../../lib/installer/lab/aws/janitor/notices.ts';

const lab = { name: 'a'.repeat(20), id: '0123456789ab' };
const place = { region: 'eu-central-1' };
const until = (end: string) => ({ lab, expires: Date.parse(end), changing: false });

/** Records of one lab, in memory; `broken`: what is told cannot be kept. */
function recordsOf({ broken = false } = {}): LabRecords {
  let record: LabRecord | undefined;
  return {
    all: () => (record === undefined ? [] : [record]),
    of: () => record,
    remember: async (_lab, change) => {
      if (broken) throw new Error('AccessDenied');
      record = { lab, expires: '', begun: false, told: [], ...record, ...change };
    },
    forget: async () => void (record = undefined),
  };
}

test('the end of a lab is told once, and anew when it was moved', async () => {
  const told: string[] = [];
  const notices = { tell: async (subject: string, message: string) => void told.push(`${subject}\n${message}`) };
  const records = recordsOf();
  const tell = (end: string) => tellOnce(records, notices, lab, endingNotice(place, until(end)));
  assert.deepEqual([await tell('2026-11-27T17:00:00Z'), await tell('2026-11-27T17:00:00Z')], [true, false]);
  assert.equal(await tell('2026-11-27T19:00:00Z'), true);
  assert.equal(told.length, 2);
  assert.match(told[0]!, /ends at 2026-11-27T17:00:00\.000Z; then it is taken away/);
  assert.match(told[0]!, /oo-install lab extend 2h --name a{20}/);
});

test('what could not be sent or kept is told again', async () => {
  const told: string[] = [];
  const records = recordsOf();
  const notice = endlessNotice(place, lab);
  const deaf = { tell: () => Promise.reject(new Error('Throttled')) };
  await assert.rejects(tellOnce(records, deaf, lab, notice), /Throttled/);
  const notices = { tell: async (subject: string) => void told.push(subject) };
  assert.equal(await tellOnce(records, notices, lab, notice), true);
  const forgetful = recordsOf({ broken: true });
  for (let time = 0; time < 2; time += 1) await assert.rejects(tellOnce(forgetful, notices, lab, notice), /AccessDenied/);
  assert.equal(told.length, 3);
});

test('subjects are what SNS takes: ASCII of at most 100 characters', async () => {
  const end = until('2026-11-27T17:00:00Z');
  for (const notice of [endingNotice(place, end), endlessNotice(place, lab), stayingNotice(place, end, 'why')]) {
    const notices = { tell: async (subject: string) => assert.match(subject, /^[\x20-\x7e]{1,100}$/) };
    assert.equal(await tellOnce(recordsOf(), notices, lab, notice), true);
  }
});
