import { describeMutations } from './field-by-field.ts';
import { formsOf, labMaterials } from './material.ts';

const bundles = formsOf(labMaterials()).filter(({ content }) => content.kind === 'bundle');

describeMutations('bundles that cosign wrote, one of each form', bundles, 4);
