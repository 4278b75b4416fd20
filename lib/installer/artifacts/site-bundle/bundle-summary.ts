import { printable } from '../../../common/printable.ts';
import type { Manifest } from './manifest.ts';

/** What a bundle holds, as a table for a person. */
export function summaryText(file: string, manifest: Manifest): string {
  const size = (items: readonly { readonly size: number }[]) => items.reduce((sum, item) => sum + item.size, 0);
  const rows: [what: string, which: string, files: number, bytes: number][] = [];
  rows.push(['installer', manifest.version, manifest.installer.files.length, size(manifest.installer.files)]);
  for (const { architecture, runtime, openshift, images, builds } of manifest.platforms) {
    rows.push(['runtime', architecture, runtime.files.length, size(runtime.files)]);
    rows.push(['openshift', `${manifest.version}, ${architecture}`, openshift.files.length, size(openshift.files)]);
    for (const image of images) rows.push(['image', `${image.reference}, ${architecture}`, 1, image.size]);
    for (const build of builds) rows.push(['static build', `${build.name} ${build.version}, ${architecture}`, 1, build.size]);
  }
  for (const { distro, architecture, files } of manifest.packages) {
    rows.push(['packages', `${distro}, ${architecture}`, files.length, size(files)]);
  }
  rows.push(['all', `${manifest.members.length} members`, manifest.members.length, size(manifest.members)]);
  const width = (cell: (row: (typeof rows)[number]) => string) => Math.max(...rows.map((row) => cell(row).length));
  const [first, second] = [width((row) => row[0]), width((row) => row[1])];
  const lines = rows.map(
    ([what, which, files, bytes]) =>
      `${what.padEnd(first)}  ${which.padEnd(second)}  ${String(files).padStart(4)}  ${(bytes / 1e6).toFixed(1).padStart(7)} MB`,
  );
  return `${file}\n${lines.map((line) => printable(line).trimEnd()).join('\n')}\n`;
}
