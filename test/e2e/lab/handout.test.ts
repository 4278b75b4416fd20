import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { writeHandout } from '../../../lib/installer/lab/handout/write-handout.ts';
import { sampleAccess, sampleHandout, sampleSheet } from '../../support/lab/sample-handout.ts';
import { runCommand } from '../../support/run-command.ts';

test('a browser prints one A4 page for each attendee, with all of the sheet on it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'handout-print-'));
  try {
    const guides = Array.from({ length: 20 }, (_, index) => {
      return { title: `example.org/guide-${index}`, href: `https://example.org/guide-${index}`, file: undefined };
    });
    const attendees = ['ana', 'ben', 'the-longest-name-there-i', 'eve'];
    const sheets = [
      { ...sampleSheet('ana', 1), access: sampleAccess },
      { ...sampleSheet('ben', 2), privateKey: undefined },
      { ...sampleSheet(attendees[2]!, 10), access: sampleAccess },
      { ...sampleSheet('eve', 2), access: sampleAccess },
    ];
    await writeHandout(sampleHandout({ guides, sheets }), join(folder, 'handout'));
    const pdf = join(folder, 'handout.pdf');
    // As root a browser has no sandbox; it opens nothing but this file.
    await runCommand(
      [
        'chromium',
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        `--user-data-dir=${join(folder, 'profile')}`,
        '--no-pdf-header-footer',
        `--print-to-pdf=${pdf}`,
        pathToFileURL(join(folder, 'handout', 'index.html')).href,
      ],
      { timeout: 60_000 },
    );
    const { stdout: info } = await runCommand(['pdfinfo', pdf]);
    assert.match(info, /^Page size: .*\(A4\)$/m);
    assert.match(info, /^Pages: +4$/m);
    for (const [index, name] of attendees.entries()) {
      const page = String(index + 1);
      const { stdout } = await runCommand(['pdftotext', '-f', page, '-l', page, pdf, '-']);
      assert.match(stdout, new RegExp(`^${name}$`, 'm'));
      // The last line of a sheet: what is too much for the page would have pushed it off.
      assert.match(stdout, /pass it on to nobody/, `page ${page}`);
      const { access } = sheets[index]!;
      if (access !== undefined) assert.match(stdout, new RegExp(`AWS, until 26 Nov 2026, 17:00 UTC: save ${name}\\.aws`));
      for (const sheet of sheets[index]!.hosts) assert.ok(stdout.includes(sheet.api), `page ${page}: ${sheet.api}`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
