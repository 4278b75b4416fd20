/** Names of the packages that dpkg's database has as installed and configured (dpkg-query(1): `install ok installed`). */
export function installedNames(status: string): Set<string> {
  const names = new Set<string>();
  for (const paragraph of status.split('\n\n')) {
    const name = /^Package: (\S+)$/m.exec(paragraph)?.[1];
    if (name !== undefined && /^Status: \S+ \S+ installed$/m.test(paragraph)) names.add(name);
  }
  return names;
}
