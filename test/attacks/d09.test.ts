import { afterAll, beforeAll, expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { releasePolicy, verdictOf } from '../support/attack-set-up.ts';
import { DockerConfig, encodeLogin, type Login } from '../support/docker-config.ts';
import { setUpHostileRegistry, TOKEN_SERVER } from '../support/hostile-registry.ts';
import { storeNamed } from '../support/resources.ts';

const LOGIN: Login = ['team-a', 'a-secret-of-team-a'];
const WRONG: Login = ['team-b', 'a-guess-of-team-b'];
const TEAMS = ['a.test', 'b.test', 'c.test'] as const;

// Three teams name one registry by names of their own, each with credentials of its own: right, wrong, none.
attack('D9', "one tenant would be served with what another tenant's credentials obtained", () => {
  const configs = {
    'a.test': new DockerConfig(),
    'b.test': new DockerConfig(),
    'c.test': new DockerConfig(),
  };
  const { setUp, hostile } = setUpHostileRegistry({
    registry: { authentication: { kind: 'token', credentials: { user: LOGIN[0], password: LOGIN[1] } } },
    trustPolicies: () => TEAMS.map((team) => releasePolicy(team, { name: team })),
    resources: (host) =>
      TEAMS.map((team) =>
        storeNamed(team, {
          authProvider: { name: 'dockerConfig', configPath: configs[team].file },
          registries: [{ host: team, endpoint: `http://${host}` }],
        }),
      ),
  });

  beforeAll(async () => {
    await configs['a.test'].write({ [setUp.host]: LOGIN });
    await configs['b.test'].write({ [setUp.host]: WRONG });
    await configs['c.test'].write({});
  });
  afterAll(() => Promise.all(Object.values(configs).map((config) => config.remove())));

  const VERDICTS = ['verified', 'unavailable REGISTRY_UNAUTHORIZED', 'unavailable REGISTRY_UNAUTHORIZED'];

  it('twin and attack: only the tenant whose credentials are right is served, in whatever order they ask', async () => {
    const { digest } = setUp.signed('bundle', 'acme/d09');
    const keys = TEAMS.map((team) => `${team}/acme/d09@${digest}`);
    const judge = async () => (await setUp.provider.verify(...keys)).map(verdictOf);
    expect(await judge()).toEqual(VERDICTS);
    // Now verdict, token and content of the first one are cached.
    expect(await judge()).toEqual(VERDICTS);
  });

  it('each one is judged for itself where the first one did not come first', async () => {
    const { digest } = setUp.signed('bundle', 'acme/d09-last');
    for (const index of [2, 1, 0, 1, 2]) {
      expect(await setUp.judge(`${TEAMS[index]}/acme/d09-last@${digest}`)).toBe(VERDICTS[index]);
    }
  });

  it('nobody is asked with the credentials of somebody else', async () => {
    const { digest } = setUp.signed('bundle', 'acme/d09-sent');
    for (const team of TEAMS) await setUp.judge(`${team}/acme/d09-sent@${digest}`);
    const basics = new Set(hostile.seen(TOKEN_SERVER).map(({ authorization }) => authorization));
    expect(basics).toEqual(
      new Set([`Basic ${encodeLogin(LOGIN)}`, `Basic ${encodeLogin(WRONG)}`, undefined]),
    );
    const served = hostile.seen('acme/d09-sent').flatMap(({ authorization }) => authorization ?? []);
    expect(new Set(served).size).toBe(1);
  });
});
