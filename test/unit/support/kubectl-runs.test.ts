import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { readClaims } from '../../support/comparison.ts';
import { BOTH_STORES, CLIENT_OF, filesOf, type KubectlRun, LONG, ONE_CLIENT } from '../../support/kubectl-runs.ts';

const RUNS: readonly KubectlRun[] = ['kubectl-sid', 'kubectl-sid-long', 'kubectl', 'kubectl-etcd'];
const ofOneClient = (file: string): boolean => file.split('/').at(-1)! in ONE_CLIENT;
const read = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');

/** Commands that have commands below them: `rollout undo` is one of its own. */
const FAMILIES = new Set(['apply', 'auth', 'certificate', 'cluster-info', 'config', 'create', 'plugin', 'rollout', 'set', 'top']);

/** A command's name by its words; undefined where the first one is no word of a command. */
function commandOf(words: readonly string[]): string | undefined {
  const plain: string[] = [];
  for (let i = 0; i < words.length && plain.length < 2; i++) {
    const word = words[i]!;
    if (!word.startsWith('-')) plain.push(word);
    else if (plain.length === 0 && !word.includes('=')) i++;
    else if (plain.length === 1) break;
  }
  const [first, second] = plain;
  if (first === undefined || !/^[a-z][a-z-]*$/.test(first)) return undefined;
  return FAMILIES.has(first) && second !== undefined && /^[a-z][a-z-]*$/.test(second) ? `${first} ${second}` : first;
}

/** The kubectl commands of a test file: those that it spells out, and those of the documents that it runs. */
function commandsOf(file: string): string[] {
  const text = read(file);
  const calls = [...text.matchAll(/kubectl(?:\.(\w+)(?:<.*?>)?)?\(\s*\[?((?:\s*(?:'[^'\n]*'|`[^`]*`),?)*)/g)].map(
    ([, how, list]) =>
      how === 'create' || how === 'apply' ? [how, '-f'] : [...list!.matchAll(/'([^']*)'|`([^`]*)`/g)].map(([, a, b]) => a ?? b!),
  );
  const documents = [...text.matchAll(/'docs', '([\w-]+\.md)'/g)].map(([, name]) => read(`docs/${name}`));
  const typed = documents
    .flatMap((document) => [...document.matchAll(/```sh\n(.*?)```/gs)])
    .flatMap(([, block]) => [...block!.matchAll(/^kubectl (.*)$/gm)].map(([, line]) => line!.split(' ')));
  return [...new Set([...calls, ...typed].map(commandOf).filter((command) => command !== undefined))];
}

/** What might be commands: lists of words that the file keeps elsewhere. */
const listsOf = (file: string): string[] =>
  [...read(file).matchAll(/\[((?:\s*'[^'\n]*',?)+)/g)].flatMap(
    ([, list]) => commandOf([...list!.matchAll(/'([^']*)'/g)].map(([, word]) => word!)) ?? [],
  );

describe('runs of the kubectl files', () => {
  it('have every file with trixie’s kubectl, and with sid’s all that are about kubectl', () => {
    const withSid = RUNS.filter((run) => CLIENT_OF[run] === 'sid').flatMap(filesOf);
    assert.equal(new Set(withSid).size, withSid.length, 'a file runs twice with the same client');
    const names = filesOf('kubectl').map((file) => file.split('/').at(-1)!);
    assert.deepEqual(
      withSid.map((file) => file.split('/').at(-1)!).toSorted(),
      names.filter((name) => !(name in ONE_CLIENT)).toSorted(),
    );
    for (const name of [...Object.keys(ONE_CLIENT), ...BOTH_STORES, ...LONG])
      assert.ok(names.includes(name), `there is no ${name}`);
    for (const file of RUNS.flatMap(filesOf)) assert.ok(existsSync(join(packageRoot(), file)), file);
  });

  it('prove every row of docs/kubectl.md with both clients', () => {
    const alone = readClaims('kubectl.md').filter(({ tests }) => tests.every((test) => ofOneClient(test.split(': ')[0]!)));
    assert.deepEqual(
      alone.map(({ feature }) => feature),
      [],
    );
  });

  it('run every command with both clients, also those of files that run with one', () => {
    const both = filesOf('kubectl').filter((file) => !ofOneClient(file));
    const inBoth = new Set(both.flatMap((file) => [...commandsOf(file), ...listsOf(file)]));
    assert.ok(inBoth.size > 60, [...inBoth].toSorted().join(', '));
    const alone = Object.keys(ONE_CLIENT).flatMap((name) =>
      commandsOf(`test/conformance/kubectl/${name}`)
        .filter((command) => !inBoth.has(command))
        .map((command) => `${name}: ${command}`),
    );
    assert.deepEqual(alone, [], 'these run with one client only');
  });
});
