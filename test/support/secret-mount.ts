import { mkdir, mkdtemp, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes files as the kubelet mounts a Secret: each name is a link through `..data`, which is one link to a folder of
 * all of them, and is replaced in one step.
 */
export async function writeSecretMount(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, '..data');
  const before = await readlink(data).catch(() => undefined);
  const version = await mkdtemp(join(folder, '..version_'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(version, name), content);
  await symlink(version, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), data);
  if (before === undefined) {
    for (const name of Object.keys(files)) await symlink(join('..data', name), join(folder, name));
  } else {
    await rm(before, { recursive: true });
  }
}
