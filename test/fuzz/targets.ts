import type { FuzzTarget } from './target.ts';
import { annotations } from './targets/annotations.ts';
import { bundle } from './targets/bundle.ts';
import { certificate } from './targets/certificate.ts';
import { dockerConfig } from './targets/docker-config.ts';
import { link } from './targets/link.ts';
import { manifest } from './targets/manifest.ts';
import { payload } from './targets/payload.ts';
import { reference } from './targets/reference.ts';
import { referrers } from './targets/referrers.ts';
import { requestBody } from './targets/request-body.ts';
import { statement } from './targets/statement.ts';
import { verifierYaml } from './targets/verifier-yaml.ts';
import { wwwAuthenticate } from './targets/www-authenticate.ts';

export const targets: readonly FuzzTarget[] = [
  reference,
  requestBody,
  manifest,
  referrers,
  payload,
  bundle,
  annotations,
  statement,
  certificate,
  dockerConfig,
  verifierYaml,
  wwwAuthenticate,
  link,
];
