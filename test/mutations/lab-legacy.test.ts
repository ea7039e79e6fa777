import { describeMutations } from './field-by-field.ts';
import { formsOf, labMaterials } from './material.ts';

const signatures = formsOf(labMaterials()).filter(({ content }) => content.kind === 'simple-signing');

describeMutations('legacy signatures that cosign wrote, one of each form', signatures, 5);
