/** How the page looks: what the person chose, and where they left it to the system, what the system asks for. */
import type { Settings } from '../tim';

type Chosen = Pick<Settings, 'theme' | 'textSize' | 'contrast' | 'density' | 'motion'>;

export class Appearance {
  readonly #contrast = window.matchMedia('(prefers-contrast: more)');
  readonly #motion = window.matchMedia('(prefers-reduced-motion: reduce)');
  #chosen: Chosen | undefined;

  constructor() {
    document.documentElement.dataset['system'] = systemOf(navigator.userAgent);
    for (const each of [this.#contrast, this.#motion]) each.addEventListener('change', () => this.#show());
  }

  take(chosen: Chosen): void {
    this.#chosen = chosen;
    this.#show();
  }

  #show(): void {
    if (this.#chosen === undefined) return;
    const { theme, textSize, contrast, density, motion } = this.#chosen;
    const { dataset } = document.documentElement;
    dataset['theme'] = theme;
    dataset['textSize'] = textSize;
    dataset['density'] = density;
    dataset['contrast'] = contrast === 'high' || this.#contrast.matches ? 'high' : 'usual';
    dataset['motion'] = motion === 'reduced' || this.#motion.matches ? 'reduced' : 'usual';
  }
}

/** Whose fonts there are. */
export function systemOf(userAgent: string): 'windows' | 'mac' | 'linux' {
  if (userAgent.includes('Windows')) return 'windows';
  return userAgent.includes('Mac OS') ? 'mac' : 'linux';
}
