import { availableParallelism } from 'node:os';
import { posix } from 'node:path';
import { workAhead } from '../../../common/work-ahead.ts';
import { artifactErrors } from '../artifact-errors.ts';
import type { TarMember } from '../tar-reader.ts';
import type { TarEntry } from '../tar-writer.ts';

/** A package that goes into an image whole. */
export interface WholePackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly members: () => Promise<readonly TarMember[]>;
}

/** What is of use only to people who read it, and to what an image has not: an init, an editor, a package manager. */
const unread =
  /^usr\/share\/(man|info|locale|lintian|bug|doc-base|bash-completion|zsh|gitweb|apport|icons|pixmaps|applications)(\/|$)|^etc\/(init\.d|cron\.\w+|logrotate\.d|bash_completion\.d)(\/|$)|^usr\/lib\/systemd(\/|$)/;
/** Of what is said of a package, its licence stays. */
const told = /^usr\/share\/doc\/.+/;
const licence = /^usr\/share\/doc\/[^/]+(\/copyright)?$/;
/** Debian's merged /usr: these folders are links into it (base-files). */
const merged = /^(bin|sbin|lib|lib64)(?=\/)/;

/**
 * What the packages hold, put over each other as dpkg would, without running anything of theirs. Nothing in it is setuid or setgid, and
 * all of it belongs to root. @throws OoError RECIPE_FILE_TWICE
 */
export async function packageTree(
  image: string,
  packages: readonly WholePackage[],
  leaveOut: readonly string[],
): Promise<{ readonly entries: Map<string, TarEntry>; readonly newest: number }> {
  const entries = new Map<string, TarEntry>();
  const owners = new Map<string, string>();
  let newest = 0;
  // Unpacking is other programs' work (deb.ts).
  const opened = workAhead(availableParallelism() + 1, packages, ({ members }) => members());
  for await (const [{ name, version, architecture }, members] of opened) {
    let own = 0;
    for (const member of members) {
      const entry = entryOf(member);
      if (entry === undefined || isLeftOut(entry.path, leaveOut)) continue;
      own = Math.max(own, entry.mtime);
      const before = entries.get(entry.path);
      if (before?.type === 'symlink' && entry.type === 'directory') continue;
      if (before !== undefined && before.type !== 'directory' && !isSame(before, entry))
        throw artifactErrors.RECIPE_FILE_TWICE(image, entry.path, owners.get(entry.path) ?? '', name);
      entries.set(entry.path, entry);
      owners.set(entry.path, name);
    }
    newest = Math.max(newest, own);
    const record = packageRecord({ name, version, architecture }, own);
    entries.set(record.path, record);
  }
  return { entries, newest };
}

function entryOf({ path, type, mode, mtime, content, linkTarget }: TarMember): TarEntry | undefined {
  const inside = path.replace(merged, 'usr/$1');
  if (inside === '' || type === 'other' || unread.test(inside) || (told.test(inside) && !licence.test(inside))) return undefined;
  const entry = { path: inside, mtime };
  switch (type) {
    case 'directory':
      return { ...entry, type, mode: mode & 0o1777 };
    case 'symlink':
      return { ...entry, type, mode: 0o777, linkTarget };
    case 'hardlink':
      return { ...entry, type, mode: mode & 0o777, linkTarget: linkTarget.replace(merged, 'usr/$1') };
    case 'file':
      return { ...entry, type, mode: mode & 0o777, content };
  }
}

const isLeftOut = (path: string, leaveOut: readonly string[]): boolean =>
  leaveOut.some((out) => path === out || path.startsWith(`${out}/`));

const isSame = (one: TarEntry, other: TarEntry): boolean =>
  one.type === other.type &&
  one.linkTarget === other.linkTarget &&
  (one.content === other.content || (one.content !== undefined && other.content?.equals(one.content) === true));

/** What scanners of images read where no dpkg is: a file for each package (var/lib/dpkg/status.d). */
function packageRecord(of: Pick<WholePackage, 'name' | 'version' | 'architecture'>, mtime: number): TarEntry {
  const text = `Package: ${of.name}\nStatus: install ok installed\nArchitecture: ${of.architecture}\nVersion: ${of.version}\n`;
  const path = posix.join('var/lib/dpkg/status.d', of.name);
  return { path, type: 'file', mode: 0o644, mtime, content: Buffer.from(text) };
}
