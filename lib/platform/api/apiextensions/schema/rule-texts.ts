import type { StatusCause } from '../../status-error.ts';
import { invalid, notSupported, required } from '../../validation/causes.ts';
import type { JsonSchema } from './json-schema.ts';

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const hasLineBreaks = (text: string): boolean => /[\n\r]/.test(text);

/** What is wrong with the texts of x-kubernetes-validations. What the rules say is for those who evaluate them. */
export function validateRuleTexts(schema: JsonSchema, path: string): StatusCause[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((each, i) => {
    const { rule = '', message = '', messageExpression = '', reason, fieldPath = '' } = each;
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const causes: StatusCause[] = [];
    if (rule.trim() === '') causes.push(required(`${at}.rule`, 'rule is not specified'));
    else if (message !== '' && message.trim() === '')
      causes.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
    else if (hasLineBreaks(message.trim()))
      causes.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
    else if (hasLineBreaks(rule.trim()) && message.trim() === '')
      causes.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
    if (messageExpression !== '' && messageExpression.trim() === '')
      causes.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
    if (reason !== undefined && !REASONS.includes(reason)) causes.push(notSupported(`${at}.reason`, reason, REASONS));
    if (fieldPath !== '' && fieldPath.trim() === '')
      causes.push(invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must be non-empty if specified'));
    if (hasLineBreaks(fieldPath)) causes.push(invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must not contain line breaks'));
    return causes;
  });
}
