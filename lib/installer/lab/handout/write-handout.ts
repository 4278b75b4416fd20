import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { defineErrors, errorText } from '../../../common/errors.ts';
import { accessFileOf, type Guide, type Handout, keyFileOf, type Sheet } from './handout.ts';
import { renderCsv } from './render-csv.ts';
import { renderHtml } from './render-html.ts';

const writeErrors = defineErrors({
  HANDOUT_FOLDER_TAKEN: {
    failure: 'usage',
    message: (folder: string) => `${folder} is there already, and is no handout of this lab`,
    hint: () => 'name another folder with --output, or take that one away',
  },
  HANDOUT_UNWRITABLE: {
    failure: 'usage',
    message: (folder: string, why: string) => `the handout cannot be written to ${folder}: ${why}`,
  },
});

/**
 * Writes the handout into a folder that only its owner can read, whole or not at all: index.html (all sheets), one page and one key for each attendee,
 * their access to the provider, handout.csv, handout.json, guides/. A handout of the same lab that is there is replaced.
 * @throws OoError HANDOUT_FOLDER_TAKEN, HANDOUT_UNWRITABLE
 */
export async function writeHandout(handout: Handout, folder: string): Promise<void> {
  const target = resolve(folder);
  const before = await idOf(target);
  if (before !== undefined && before !== handout.id) throw writeErrors.HANDOUT_FOLDER_TAKEN(folder);
  const unwritable = (error: unknown) => writeErrors.HANDOUT_UNWRITABLE(folder, errorText(error), { cause: error });
  const part = await mkdtemp(join(dirname(target), `.${basename(target)}.`)).catch((error: unknown) => {
    throw unwritable(error);
  });
  try {
    await fill(handout, part);
    if (before !== undefined) await rm(target, { recursive: true });
    await rename(part, target);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw unwritable(error);
  }
}

async function fill(handout: Handout, folder: string): Promise<void> {
  const write = (name: string, content: string) => writeFile(join(folder, name), content, { mode: 0o600 });
  await write('index.html', renderHtml(handout));
  await write('handout.csv', renderCsv(handout));
  await write('handout.json', `${JSON.stringify(handoutJson(handout), undefined, 2)}\n`);
  for (const sheet of handout.sheets) {
    await write(`${sheet.attendee}.html`, renderHtml({ ...handout, sheets: [sheet] }));
    if (sheet.privateKey !== undefined) await write(keyFileOf(sheet)!, sheet.privateKey);
    if (sheet.access !== undefined) await write(accessFileOf(sheet)!, sheet.access.exports);
  }
  const files = handout.guides.flatMap(({ file }) => (file === undefined ? [] : [file]));
  if (files.length > 0) await mkdir(join(folder, 'guides'), { mode: 0o700 });
  for (const file of files) await copyFile(file, join(folder, 'guides', basename(file)));
}

/** For scripts: everything but the secrets, which are named by their files. */
export interface HandoutJson extends Pick<Handout, 'lab' | 'id' | 'expires'> {
  readonly guides: readonly Pick<Guide, 'title' | 'href'>[];
  readonly sheets: readonly (Pick<Sheet, 'attendee' | 'hosts'> & {
    readonly keyFile: string | undefined;
    readonly access: (Pick<NonNullable<Sheet['access']>, 'role' | 'expires' | 'note'> & { readonly file: string }) | undefined;
  })[];
}

/** The handout for programs. */
export function handoutJson(handout: Handout): HandoutJson {
  const sheetJson = (sheet: Sheet): HandoutJson['sheets'][number] => ({
    attendee: sheet.attendee,
    keyFile: keyFileOf(sheet),
    hosts: sheet.hosts,
    access: accessJson(sheet),
  });
  const { lab, id, expires, guides, sheets } = handout;
  return { lab, id, expires, guides: guides.map(({ title, href }) => ({ title, href })), sheets: sheets.map(sheetJson) };
}

function accessJson(sheet: Sheet): HandoutJson['sheets'][number]['access'] {
  if (sheet.access === undefined) return undefined;
  const { role, expires, note } = sheet.access;
  return { file: accessFileOf(sheet)!, role, expires, ...(note === undefined ? {} : { note }) };
}

/** Whose handout a folder holds: the lab's id, '' for anything else, undefined where there is no such folder. */
async function idOf(folder: string): Promise<string | undefined> {
  try {
    const { id } = JSON.parse(await readFile(join(folder, 'handout.json'), 'utf8')) as { id?: unknown };
    return typeof id === 'string' ? id : '';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return '';
    return mkdirWouldDo(folder);
  }
}

async function mkdirWouldDo(folder: string): Promise<string | undefined> {
  try {
    await readFile(folder);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '';
  }
}
