/**
 * The catalogue in words, one entry per field or family of fields: for rule editors and for docs/segments.md.
 */
import { CATALOGUE, isMeasure, OPERATORS_OF, takesProperty, type FieldSpec, type FieldType } from './fields.js';
import type { Operator } from './rule.js';

export interface DescribedField {
  /** As a rule names it; `<name>` stands for any name. */
  field: string;
  /** `where`: inside `where` of a rule about events. */
  inside: 'rule' | 'where';
  type: FieldType;
  operators: Operator[];
  needs: ('of' | 'of.property')[];
  says: string;
}

/** What a marketer may write, in the catalogue's order. */
export function describeCatalogue(): DescribedField[] {
  return CATALOGUE.filter(({ subjects }) => subjects.includes('segment') || subjects.includes('event')).flatMap(
    (spec) =>
      namesOf(spec).map(({ field, key }) => ({
        field,
        inside: spec.subjects.includes('event') ? 'where' : 'rule',
        type: spec.type,
        operators: [...OPERATORS_OF[spec.type]],
        needs: spec.kind === 'measure' && isMeasure(key) ? (takesProperty(key) ? ['of', 'of.property'] : ['of']) : [],
        says: spec.says,
      })),
  );
}

function namesOf({ head, keys }: FieldSpec): { field: string; key: string }[] {
  if (keys === 'none') return [{ field: head, key: '' }];
  if (keys === 'name') return [{ field: `${head}.<name>`, key: '' }];
  return keys.map((key) => ({ field: `${head}.${key}`, key }));
}
