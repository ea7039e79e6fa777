import { type Command, Option } from 'commander';
import { type Flags, readSettings, type Setting, type Settings, settings } from '../config/settings.ts';
import { CountersignError } from '../errors.ts';
import { packagePath } from '../package.ts';
import { type Alias, aliases } from './ratify-flags.ts';

type Name = keyof typeof settings;

/** Adds the flags of these settings to a command. Their values stay texts until `settingsOf` reads them. */
export function addSettings(command: Command, names: readonly Name[]): Command {
  // `--config a b image` would take the image for one more configuration.
  const listAtOnce = command.registeredArguments.length === 0;
  for (const name of names) command.addOption(optionOf(name, listAtOnce));
  for (const alias of aliases) if (names.includes(alias.settings[0])) command.addOption(aliasOption(alias));
  return command;
}

/**
 * The settings of a command from its flags, the environment and the defaults.
 * @throws SETTING_INVALID
 */
export function settingsOf(command: Command, environment: NodeJS.ProcessEnv): Settings {
  const flags = withAliases(command.opts());
  const { config, ...others } = readSettings(flags, environment);
  const isDefault = flags.config === undefined && !environment[settings.config.env];
  // The default comes with the program, wherever it is started.
  return { ...others, config: isDefault ? [packagePath(settings.config.default)] : config };
}

const IMAGES = 'image references; [namespace]image for the policies of a namespace';

/** Adds `<image...>`, and the flag by which Ratify's command line takes an image. */
export function addImages(command: Command, what = IMAGES): Command {
  return command
    .argument('[image...]', what)
    .addOption(
      new Option('-s, --subject <image>', 'one image more')
        .argParser<string[]>(collect)
        .helpGroup(RATIFY_GROUP),
    );
}

/**
 * The images that a command is asked about, in the order given.
 * @throws SETTING_INVALID without any
 */
export function imagesOf(command: Command): readonly string[] {
  const images = [...command.args, ...(command.opts<{ subject?: string[] }>().subject ?? [])];
  if (images.length > 0) return images;
  throw new CountersignError('SETTING_INVALID', 'no image is named', {
    remediation: `Name one or more images: countersign ${command.name()} IMAGE…`,
  });
}

const RATIFY_GROUP = "Options of Ratify's command line:";

const SHORT: { readonly [Setting in Name]?: string } = { config: '-c' };

function optionOf(name: Name, listAtOnce: boolean): Option {
  const setting: Setting<unknown> = settings[name];
  const [flag = '', placeholder = ''] = setting.flag.split(' ');
  const short = SHORT[name] === undefined ? '' : `${SHORT[name]}, `;
  const shown = setting.repeatable && listAtOnce ? placeholder.replace('>', '...>') : placeholder;
  const fallback = setting.default === '' ? '' : ` (default: ${setting.default})`;
  const again = setting.repeatable && !listAtOnce ? ' May be given several times.' : '';
  const option = new Option(
    `${short}${flag} ${shown}`,
    `${setting.description}${again}${fallback} [${setting.env}]`,
  );
  return setting.repeatable && !listAtOnce ? option.argParser<string[]>(collect) : option;
}

function aliasOption({ flag, settings: targets }: Alias): Option {
  const shown = targets.map((name) => settings[name].flag.split(' ')[0]).join(' and ');
  return new Option(flag, `the same as ${shown}`).conflicts([...targets]).helpGroup(RATIFY_GROUP);
}

function withAliases(options: Readonly<Record<string, unknown>>): Flags {
  const flags: Record<string, unknown> = { ...options };
  for (const { attribute, settings: targets, translate } of aliases) {
    const given = options[attribute];
    if (typeof given !== 'string') continue;
    for (const name of targets) flags[name] = translate(given, name);
  }
  return flags;
}

function collect(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}
