/** Whose things are meant. Both must fit: another lab may have the same name. */
export interface LabIdentity {
  readonly name: string;
  /** 12 hexadecimal digits. */
  readonly id: string;
}
