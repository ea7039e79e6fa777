import { renderReference } from '../../src/config/reference-docs.ts';
import { renderLimits } from './limits.ts';

export function renderConfiguration(): string {
  return `# Configuration

countersign is told by resources what to trust, and by settings how to run.

* **Resources** are YAML, of the same kinds in a folder as in a cluster. \`--config\` names a file or a folder; of a folder every \`.yaml\`,
  \`.yml\` and \`.json\` file is read, those in folders within it are not. A change is in force with the next request; a change for the worse is
  reported, and what was in force before stays. [Write a policy](write-a-policy.md) goes through them by example.
* **Settings** are flags or environment variables. The flag wins over the variable, the variable over the default.
* **Limits** are fixed. They are far above what honest images have.

\`countersign lint\` checks resources and says file, line and field of what is wrong. For an editor that does the same while you type, see
[Editor help](write-a-policy.md#editor-help).

${renderReference()}
## Limits

What is larger or more than this is refused before it is read: as \`LIMIT_EXCEEDED\`, or as \`REGISTRY_RESPONSE_INVALID\` where the registry
rather than the image is at fault.

${renderLimits()}
`;
}
