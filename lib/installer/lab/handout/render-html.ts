import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { encodeQR } from 'qr';
import { assetPath } from '../../../common/assets.ts';
import { accessFileOf, type Handout, keyFileOf, loginCommand, type Sheet, type SheetHost } from './handout.ts';

/**
 * A page to print, with one A4 sheet for each attendee. It loads nothing and runs nothing: keys and QR codes are part of it. Values are
 * escaped by Handlebars; its own markup is the only one.
 */
export function renderHtml(handout: Handout): string {
  const template = Handlebars.compile(readFileSync(assetPath('handout', 'handout.hbs'), 'utf8'), { strict: true });
  const page = handout.guides.find(({ file }) => file === undefined);
  return template({
    lab: handout.lab,
    ends: utc(handout.expires),
    guides: handout.guides,
    long: handout.guides.length > 4,
    sheets: handout.sheets.map((sheet) => ({
      attendee: sheet.attendee,
      key: keyOf(sheet),
      access: accessOf(sheet),
      // So that ten hosts, a key and access to AWS stay on one sheet.
      compact: sheet.hosts.length > (sheet.access === undefined ? 2 : 1),
      many: sheet.hosts.length > 1,
      hosts: sheet.hosts.map((host) => hostOf(sheet, host)),
      code: page === undefined ? codeOf('the API of your host', sheet.hosts[0]?.api) : codeOf('the guide', page.href),
    })),
  });
}

function hostOf(sheet: Sheet, host: SheetHost): object {
  return { ...host, command: loginCommand(sheet, host, keyFileOf(sheet)).join(' ') };
}

function keyOf(sheet: Sheet): object | null {
  if (sheet.privateKey === undefined) return null;
  return { file: keyFileOf(sheet), text: sheet.privateKey.trim(), href: download(sheet.privateKey) };
}

function accessOf(sheet: Sheet): object | null {
  if (sheet.access === undefined) return null;
  const { exports, expires, role, console: link = null } = sheet.access;
  return {
    file: accessFileOf(sheet),
    text: exports.trim(),
    href: download(exports),
    ends: utc(expires),
    role: role.replace(/^.*:role\//, ''),
    link: link === null ? null : { url: link.url, ends: utc(link.until) },
  };
}

/** A file as a data address. */
function download(text: string): Handlebars.SafeString {
  return new Handlebars.SafeString(`data:application/octet-stream;base64,${Buffer.from(text).toString('base64')}`);
}

/** `what` the code leads to; a picture as a data address, so that nothing of it is read as markup. */
function codeOf(what: string, text: string | undefined): object | null {
  if (text === undefined) return null;
  const svg = Buffer.from(encodeQR(text, 'svg', { border: 1 })).toString('base64');
  return { what, text, image: new Handlebars.SafeString(`data:image/svg+xml;base64,${svg}`) };
}

/** `26 Nov 2026, 17:00 UTC` */
function utc(time: string): string {
  const date = new Date(time);
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}
