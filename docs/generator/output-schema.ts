import { z } from 'zod';
import { outputSchemas } from '../../src/cli/output-schema.ts';

/**
 * What each command prints with `--output json`, as JSON Schema draft 7, by file name.
 * @param comment says in each of them where it comes from
 */
export function outputJsonSchemas(comment: string): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map(
    Object.entries(outputSchemas).map(([command, schema]) => {
      const title = `countersign ${command} --output json`;
      return [
        `${command}.json`,
        {
          $comment: comment,
          ...z.toJSONSchema(schema.meta({ title }), { target: 'draft-7', reused: 'inline' }),
        },
      ];
    }),
  );
}
