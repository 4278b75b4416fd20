import { parseLab, readLabFile } from '../../config/lab-file.ts';
import { findLabFile } from '../../config/working-folder.ts';
import type { Lab } from '../../config/lab-schema.ts';
import { labErrors } from '../../lab/lab-errors.ts';
import type { LabFlags, WantedLabFlags } from './lab-flags.ts';

/** What a lab is called that nobody named. */
const defaultName = 'lab';

/**
 * The lab that is wanted: lab.yaml by `-f` or of the working folder, changed by the flags; or what the flags alone say.
 * @throws OoError LAB_NOBODY, LAB_TOO_FEW, those of lab.yaml
 */
export async function wantedLab(flags: WantedLabFlags): Promise<Lab> {
  const file = flags.file ?? (await findLabFile());
  if (file === undefined && flags.attendees === undefined) throw labErrors.LAB_NOBODY();
  const lab = file === undefined ? withoutFile(flags) : await readLabFile(file);
  const attendees = file === undefined ? lab.attendees : fewerOrMore(lab, flags.attendees);
  return { ...lab, name: flags.name ?? lab.name, provider: flags.provider ?? lab.provider, attendees };
}

/** Read as if it were a file, so that flags are held to the same rules. */
function withoutFile({ name = defaultName, attendees }: WantedLabFlags): Lab {
  return parseLab(JSON.stringify({ name, attendees }), 'the flags');
}

/** A number takes the first of a list; of attendees who are only counted there are as many as are wanted. */
function fewerOrMore({ attendees, name }: Lab, wanted: number | undefined): Lab['attendees'] {
  if (wanted === undefined) return attendees;
  const isCounted = attendees.every((one, index) => one.name === `a${index + 1}` && one.publicKey === undefined);
  if (isCounted) return withoutFile({ name, attendees: wanted } as WantedLabFlags).attendees;
  if (wanted > attendees.length) throw labErrors.LAB_TOO_FEW(wanted, attendees.length);
  return attendees.slice(0, wanted);
}

/** The name of the lab that is meant: of a lab that was put up, nothing else is asked of lab.yaml. */
export async function meantLab(flags: LabFlags): Promise<string> {
  if (flags.name !== undefined) return flags.name;
  const file = flags.file ?? (await findLabFile());
  return file === undefined ? defaultName : (await readLabFile(file)).name;
}
