import { intOrPercentValue } from '../api/validation/int-or-percent.ts';

/** An IntOrString as a number of `total`, a percentage rounded up or down (apimachinery GetScaledValueFromIntOrPercent). */
export function scaledValue(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value !== 'string') return value ?? 0;
  const part = (intOrPercentValue(value) * total) / 100;
  return round === 'up' ? Math.ceil(part) : Math.floor(part);
}
