import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallContext, Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';
import { runCommand } from '../run-command.ts';

/** Kernel modules and sysctls, as far as this kernel has them. */
export const kernelHandlers: Handlers<'kernel.prepare'> = {
  'kernel.prepare': async ({ modules, sysctls }, context) => {
    const missingModules: string[] = [];
    for (const module of modules) if (!(await loadModule(module))) missingModules.push(module);
    const loaded = await loadedModules();
    const atBoot = modules.filter((name) => loaded.has(name));
    return { missingModules, loadedModules: atBoot, refusedSysctls: await setSysctls(sysctls, context) };
  },
};

/** Whether the kernel has the module now. A container's kernel is another machine's: there modprobe finds no files, and that is fine if it is in. */
async function loadModule(name: string): Promise<boolean> {
  if (await isLoaded(name)) return true;
  const { code } = await runCommand(['modprobe', '--', name]);
  return code === 0 || (await isLoaded(name));
}

async function isLoaded(name: string): Promise<boolean> {
  if ((await loadedModules()).has(name)) return true;
  const filesystems = await readFile('/proc/filesystems', 'utf8').catch(() => '');
  return filesystems.split(/\s+/).includes(name);
}

/** Sets those that differ; answers those that the kernel refuses (read-only in some containers). */
async function setSysctls(wanted: Readonly<Record<string, string>>, context: CallContext): Promise<string[]> {
  const refused: string[] = [];
  const before: Record<string, string> = {};
  const set: Record<string, string> = {};
  for (const [key, value] of Object.entries(wanted)) {
    const current = await readFile(sysctlPath(key), 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    );
    if (current === value) continue;
    if (current === undefined) refused.push(key);
    else {
      before[key] = current;
      set[key] = value;
    }
  }
  if (Object.keys(set).length === 0) return refused;
  const subject: SubjectOf<'sysctls'> = { kind: 'sysctls', before, set };
  const id = await context.journal.begin(context.change.phase, context.change.description, subject);
  for (const [key, value] of Object.entries(set)) {
    await writeFile(sysctlPath(key), value).catch(() => refused.push(key));
  }
  await context.journal.done(id, subject);
  return refused;
}

/** The schema lets only letters, digits, `_`, `.` and `-` through, so this stays below /proc/sys. */
function sysctlPath(key: string): string {
  return join('/proc/sys', ...key.split('.').filter((part) => part !== ''));
}

/** What /proc/modules lists: not what is built in. */
async function loadedModules(): Promise<Set<string>> {
  const text = await readFile('/proc/modules', 'utf8').catch(() => '');
  return new Set(text.split('\n').map((line) => line.split(' ')[0] ?? ''));
}
