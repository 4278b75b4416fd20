import { accessFileOf, type Handout, keyFileOf } from './handout.ts';

const columns = [
  'attendee',
  'host',
  'login',
  'address',
  'ssh_port',
  'api',
  'host_keys',
  'key_file',
  'guides',
  'expires',
  'aws_file',
  'aws_role',
  'aws_expires',
] as const;

/** RFC 4180: a row for each host, CRLF between rows. Holds no secret: keys and credentials are files beside it. */
export function renderCsv(handout: Handout): string {
  const rows = handout.sheets.flatMap((sheet) =>
    sheet.hosts.map((host) => [
      sheet.attendee,
      host.name,
      sheet.attendee,
      host.address,
      String(host.sshPort),
      host.api,
      host.hostKeys.join(' '),
      keyFileOf(sheet) ?? '',
      handout.guides.map(({ href }) => href).join(' '),
      handout.expires,
      accessFileOf(sheet) ?? '',
      sheet.access?.role ?? '',
      sheet.access?.expires ?? '',
    ]),
  );
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Quoted where it must be. A spreadsheet takes what begins with = + - @ for a formula; a quotation mark before it says that it is text. */
function cell(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
