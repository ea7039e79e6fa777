import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** A user name and a password. */
export type Login = readonly [user: string, password: string];

/** A folder with a docker config, there for the tests of the enclosing `describe`. */
export class DockerConfig {
  readonly #folder = join(tmpdir(), `countersign-docker-${randomUUID()}`);

  /** Of a program that uses it. */
  get environment(): NodeJS.ProcessEnv {
    return { DOCKER_CONFIG: this.#folder };
  }

  get file(): string {
    return join(this.#folder, 'config.json');
  }

  /** Writes what `docker login` would, by server. */
  async write(logins: Readonly<Record<string, Login>>): Promise<void> {
    const auths = Object.entries(logins).map(([server, login]) => [server, { auth: encodeLogin(login) }]);
    await mkdir(this.#folder, { recursive: true });
    await writeFile(this.file, JSON.stringify({ auths: Object.fromEntries(auths) }));
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}

/** @param logins asked when everything that was set up before is started */
export function setUpDockerConfig(logins: () => Readonly<Record<string, Login>>): DockerConfig {
  const config = new DockerConfig();
  beforeAll(() => config.write(logins()));
  afterAll(() => config.remove());
  return config;
}

/** As in `auth` of the config, and behind `Basic` in a request. */
export function encodeLogin([user, password]: Login): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}
